import { describe, expect, it } from 'vitest';
import type { LogLine } from './log-lines.ts';
import { timelineOf } from './timeline.ts';

const message = {
  roomId: 'general',
  seq: 7,
  version: 1,
  id: 'c1',
  sender: 'alice',
  senderName: 'alice',
  text: 'hello',
  sentAt: 1_000,
  shards: 2,
};

function line(at: number, service: string, what: string, more: Partial<LogLine> = {}): LogLine {
  return {
    timestamp: 1_000 + at,
    level: 'INFO',
    message: what,
    room: 'general',
    seqs: [7],
    service,
    ...more,
  };
}

const delivered = (at: number, shard: number, milliseconds: number) =>
  line(at, 'deliver', 'Delivered', { shard, milliseconds, delivered: 3, posts: 3 });

describe('a timeline', () => {
  it('has each stage by its distance from the write, and spends all of the time on one of them', () => {
    const { steps, spent, missing } = timelineOf(message, [
      line(4, 'send-message', 'Written'),
      line(60, 'dispatch', 'Dispatched'),
      line(70, 'publish', 'Published'),
      delivered(90, 0, 10),
      delivered(120, 1, 20),
    ]);
    expect(steps.map(({ atMs, what }) => [atMs, what])).toEqual([
      [0, 'written'],
      [60, 'dispatched'],
      [70, 'published'],
      [80, 'picked up'],
      [90, 'delivered'],
      [100, 'picked up'],
      [120, 'delivered'],
    ]);
    expect(spent).toEqual({ totalMs: 120, streamMs: 60, queueMs: 40, postsMs: 20 });
    expect(missing).toEqual([]);
  });

  it('tells who was notified', () => {
    const notified = line(400, 'notify', 'Notified', { people: 1, browsers: 2, failed: 1 });
    expect(timelineOf(message, [notified]).steps.at(-1)).toEqual({
      atMs: 400,
      stage: 'notify',
      what: 'notified',
      detail: '1 person in 2 browsers, 1 failed, to be tried again',
    });
  });

  it('leaves other messages of the room out', () => {
    const other = { seqs: [6, 8] };
    expect(timelineOf(message, [line(50, 'dispatch', 'Dispatched', other)]).steps).toHaveLength(1);
  });

  it('counts the first try of a shard, and shows the later ones', () => {
    const { spent, steps } = timelineOf(message, [
      line(10, 'dispatch', 'Dispatched'),
      delivered(30, 0, 5),
      delivered(2_030, 0, 5),
    ]);
    expect(spent?.totalMs).toBe(30);
    expect(steps.at(-1)).toMatchObject({ atMs: 2_030, what: 'delivered' });
  });

  it('never spends less than nothing: a worker may be quicker than the log line of dispatch', () => {
    const { spent } = timelineOf(message, [line(50, 'dispatch', 'Dispatched'), delivered(60, 0, 20)]);
    expect(spent).toEqual({ totalMs: 60, streamMs: 40, queueMs: 0, postsMs: 20 });
  });

  it('says what did not happen', () => {
    const { spent, missing } = timelineOf(message, []);
    expect(spent).toBeUndefined();
    expect(missing).toEqual([
      expect.stringContaining('Not dispatched'),
      expect.stringContaining('Not published'),
    ]);
    expect(timelineOf(message, [line(10, 'dispatch', 'Dispatched')]).missing).toContainEqual(
      expect.stringContaining('Delivered to nobody'),
    );
  });

  it("shows a failure's error", () => {
    const failed = line(40, 'deliver', 'A job failed', { error: { name: 'Error', message: 'no' } });
    expect(timelineOf(message, [failed]).steps.at(-1)).toMatchObject({
      what: 'a job failed',
      detail: 'Error: no',
    });
  });
});
