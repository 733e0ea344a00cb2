import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageIn, type RoomEvent } from '#shared/contract/events.ts';
import { type DeliveryJob, deliveryJob } from '#shared/contract/job.ts';
import { limits } from '#shared/contract/limits.ts';
import { type Message, toEvent } from '#shared/storage/messages.ts';
import type { Change } from '../changes/changes.ts';
import { dispatch } from './dispatch.ts';

const message = (roomId: string, seq: number, changes: Partial<Message> = {}): Message => ({
  roomId,
  seq,
  version: 1,
  id: `id-${seq}`,
  sender: 's',
  senderName: 'S',
  text: `text ${seq}`,
  sentAt: seq,
  shards: 1,
  ...changes,
});

const change = (of: Message): Change => ({ room: of.roomId, shards: of.shards, event: toEvent(of) });

async function jobsOf(messages: Message[]): Promise<DeliveryJob[]> {
  const jobs: DeliveryJob[] = [];
  const failures = await dispatch(
    messages.map((each) => [change(each)]),
    async (some) => {
      jobs.push(...some);
      return [];
    },
  );
  expect(failures).toEqual(new Map());
  return jobs;
}

const seqsOf = (events: RoomEvent[]) => events.flatMap((event) => messageIn(event)?.seq ?? []);
const summary = (jobs: DeliveryJob[]) =>
  jobs.map(({ room, shard, shards, events }) => [room, `${shard}/${shards}`, seqsOf(events)]);

describe('dispatch', () => {
  it('makes one job of a lone message', async () => {
    const only = message('a', 1);
    expect(await jobsOf([only])).toMatchObject([{ room: 'a', shard: 0, shards: 1, events: [toEvent(only)] }]);
  });

  it('makes one job a room and shard of all that came together, by seq', async () => {
    const batch = [
      message('a', 3, { shards: 2 }),
      message('b', 9),
      message('a', 1, { shards: 2 }),
      message('a', 2, { shards: 2 }),
    ];
    expect(summary(await jobsOf(batch))).toEqual([
      ['a', '0/2', [1, 2, 3]],
      ['a', '1/2', [1, 2, 3]],
      ['b', '0/1', [9]],
    ]);
  });

  it('covers the larger count where a room grows in the midst of a batch', async () => {
    const batch = [message('a', 1, { shards: 1 }), message('a', 2, { shards: 2 })];
    expect(summary(await jobsOf(batch))).toEqual([
      ['a', '0/2', [1, 2]],
      ['a', '1/2', [1, 2]],
    ]);
  });

  it('begins another job where a frame is full', async () => {
    const text = 'x'.repeat(limits.textLength);
    const batch = Array.from({ length: 20 }, (_, index) => message('a', index + 1, { text, shards: 2 }));
    const jobs = await jobsOf(batch);
    expect(jobs.length).toBe(2 * Math.ceil(20 / 7));
    expect(jobs.filter(({ shard }) => shard === 1).flatMap(({ events }) => seqsOf(events))).toEqual(
      batch.map(({ seq }) => seq),
    );
  });

  it('sends every message to every shard of its room, once, whatever the batch', async () => {
    const batches = fc.uniqueArray(
      fc.record({
        room: fc.constantFrom('a', 'b', 'c'),
        seq: fc.integer({ min: 1, max: 50 }),
        shards: fc.constantFrom(1, 2, 4),
      }),
      { selector: ({ room, seq }) => `${room}/${seq}`, maxLength: 100 },
    );
    await fc.assert(
      fc.asyncProperty(batches, async (rows) => {
        const batch = rows.map(({ room, seq, shards }) => message(room, seq, { shards }));
        const jobs = await jobsOf(batch);
        for (const job of jobs) deliveryJob.parse(job);
        for (const room of new Set(batch.map(({ roomId }) => roomId))) {
          const log = batch.filter(({ roomId }) => roomId === room);
          const shards = Math.max(...log.map((each) => each.shards));
          for (let shard = 0; shard < shards; shard++) {
            const events = jobs
              .filter((job) => job.room === room && job.shard === shard)
              .flatMap((job) => job.events);
            expect(events).toEqual(log.toSorted((a, b) => a.seq - b.seq).map(toEvent));
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('tells no room what is for the bus alone', async () => {
    const joined = { type: 'joined', at: 1, userId: 'u', name: 'U', role: 'member' } as const;
    const jobs: DeliveryJob[] = [];
    await dispatch([[{ room: 'a', shards: 1, event: joined, onlyBus: true }]], async (some) => {
      jobs.push(...some);
      return [];
    });
    expect(jobs).toEqual([]);
  });

  it('fails the messages of the rooms alone for which a job could not be sent', async () => {
    const batch = [message('a', 1, { shards: 2 }), message('b', 1), message('a', 2, { shards: 2 })].map(
      (each) => [change(each)],
    );
    const failures = await dispatch(batch, async (jobs) =>
      jobs.filter(({ room, shard }) => room === 'a' && shard === 1),
    );
    expect([...failures.keys()]).toEqual([batch[0], batch[2]]);
  });
});
