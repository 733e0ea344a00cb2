import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageEvent } from '#shared/contract/events.ts';
import { limits } from '#shared/contract/limits.ts';
import { RoomLog } from './log.ts';

const start = 1_000_000;

function message(seq: number, at = start, version = 1): MessageEvent {
  return {
    type: 'message',
    at,
    seq,
    version,
    id: `id-${seq}`,
    sender: 's',
    senderName: 'S',
    text: `v${version}`,
  };
}

function logOf(base: number, ...messages: MessageEvent[]): RoomLog {
  const log = new RoomLog(base);
  for (const each of messages) log.add(each);
  return log;
}

describe('order and copies', () => {
  it('any deliveries, in any order and any number of times, make the same log', () => {
    const history = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1 });
    const deliveries = history.chain((known) =>
      fc.tuple(
        fc.constant(known),
        fc.array(fc.record({ seq: fc.constantFrom(...known), version: fc.integer({ min: 1, max: 3 }) })),
      ),
    );
    fc.assert(
      fc.property(deliveries, ([known, repeats]) => {
        const log = new RoomLog();
        const all = [...known.map((seq) => ({ seq, version: 1 })), ...repeats];
        const news = all.filter(({ seq, version }) => log.add(message(seq, start, version)) === 'new');
        expect(log.messages.map(({ seq }) => seq)).toEqual([...known].sort((a, b) => a - b));
        expect(news).toHaveLength(known.length);
        for (const entry of log.messages) {
          const versions = all.filter(({ seq }) => seq === entry.seq).map(({ version }) => version);
          expect(entry.version).toBe(Math.max(...versions));
        }
      }),
    );
  });

  it('an older version does not replace a newer one', () => {
    const log = logOf(0, message(1, start, 2));
    expect(log.add(message(1, start, 1))).toBe('duplicate');
    expect(log.add(message(1, start, 3))).toBe('changed');
    expect(log.messages[0]?.text).toBe('v3');
  });

  it('a snapshot stays as it was', () => {
    const log = logOf(0, message(1));
    const before = log.messages;
    expect(log.messages).toBe(before);
    log.add(message(2));
    expect(before).toHaveLength(1);
    expect(log.messages).toHaveLength(2);
  });
});

describe('the resume cursor', () => {
  it('is the newest seq where nothing is missing', () => {
    expect(logOf(0, message(1), message(2), message(3)).cursor).toBe(3);
    expect(logOf(7).cursor).toBe(7);
  });

  it('stays under a hole until the number comes', () => {
    const log = logOf(0, message(1), message(2), message(4));
    expect(log.cursor).toBe(2);
    log.add(message(3));
    expect(log.cursor).toBe(4);
  });

  it('stays under the lowest of several holes', () => {
    expect(logOf(0, message(1), message(3), message(5)).cursor).toBe(1);
  });

  it('sees a hole right above the base, and none under it', () => {
    expect(logOf(10, message(12)).cursor).toBe(10);
    expect(logOf(10, message(8), message(11)).cursor).toBe(11);
  });

  it('passes a hole that is older than a late number can be', () => {
    const log = logOf(0, message(1, start), message(3, start));
    log.add(message(4, start + limits.lateSeqMs - 1));
    expect(log.cursor).toBe(1);
    log.add(message(5, start + limits.lateSeqMs));
    expect(log.cursor).toBe(5);
  });

  it('puts a number that comes after all in its place', () => {
    const log = logOf(0, message(1, start), message(3, start), message(4, start + limits.lateSeqMs));
    expect(log.add(message(2, start))).toBe('new');
    expect(log.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('never skips a number that is written within the allowed time, wherever the connection breaks', () => {
    // Seq i is taken at i seconds and may be told of up to lateSeqMs later; after any part of those deliveries,
    // everything above the cursor that was not delivered yet must be above the cursor.
    const lateness = fc.array(fc.integer({ min: 0, max: limits.lateSeqMs - 1 }), {
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(lateness, fc.nat(), (delays, cut) => {
        const taken = delays.map((delay, i) => ({
          event: message(i + 1, start + i * 1000),
          told: i * 1000 + delay,
        }));
        const deliveries = taken.toSorted((a, b) => a.told - b.told);
        const delivered = deliveries.slice(0, cut % (deliveries.length + 1));
        const { cursor } = logOf(0, ...delivered.map(({ event }) => event));
        for (const { event } of deliveries.slice(delivered.length)) expect(event.seq).toBeGreaterThan(cursor);
      }),
    );
  });
});
