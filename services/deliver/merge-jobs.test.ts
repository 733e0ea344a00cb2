import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageIn, type RoomEvent } from '#shared/contract/events.ts';
import type { DeliveryJob } from '#shared/contract/job.ts';
import { mergeJobs } from './merge-jobs.ts';

const event = (seq: number, version = 1): RoomEvent => ({
  type: 'message',
  at: seq,
  seq,
  version,
  id: `id-${seq}`,
  sender: 's',
  senderName: 'S',
  text: `${seq}.${version}`,
});
const job = (changes: Partial<DeliveryJob> = {}): DeliveryJob => ({
  room: 'general',
  shard: 0,
  shards: 1,
  events: [event(1)],
  ...changes,
});
const [alice, bob] = ['alice', 'bob'].map((userId) => ({ userId, connectionId: `of-${userId}` }));
const to = (...connections: (typeof alice)[]) => connections.flatMap((connection) => connection ?? []);

const messagesOf = (event: RoomEvent) => messageIn(event) ?? [];

describe('jobs of one batch', () => {
  it('that go to the same connections become one, each message once and in its newest state, by seq', () => {
    const parts = [
      job({ events: [event(3), event(4)] }),
      job({ events: [event(1), event(2, 2)] }),
      job({ events: [event(3), event(2, 1)] }),
    ];
    const [merged, ...others] = mergeJobs(parts);
    expect(others).toEqual([]);
    expect(merged?.parts).toEqual(parts);
    expect(merged?.job.events.flatMap(messagesOf).map(({ seq, version }) => [seq, version])).toEqual([
      [1, 1],
      [2, 2],
      [3, 1],
      [4, 1],
    ]);
  });

  it('that go to other connections stay apart', () => {
    const apart = [
      job(),
      job({ room: 'other' }),
      job({ shard: 1 }),
      job({ from: 'a' }),
      job({ from: 'b' }),
      job({ connections: to(alice) }),
      job({ connections: to(bob) }),
      job({ connections: to(alice, bob) }),
    ];
    expect(mergeJobs(apart).map((merged) => merged.job)).toEqual(apart);
  });

  it('that were requeued for the same connections become one', () => {
    const parts = [job({ connections: to(alice) }), job({ connections: to(alice), events: [event(2)] })];
    expect(mergeJobs(parts)).toMatchObject([{ job: { events: [{ seq: 1 }, { seq: 2 }] }, parts }]);
  });

  it('carry the latest shard count: a room grows once', () => {
    const parts = [job({ shards: 2 }), job({ shards: 4 }), job({ shards: 2 })];
    expect(mergeJobs(parts)).toMatchObject([{ job: { shards: 4 } }]);
  });

  it('lose the newest state of no message, gain none, and keep their parts', () => {
    const some = fc.array(
      fc.record({
        room: fc.constantFrom('a', 'b'),
        shard: fc.nat(2),
        shards: fc.constantFrom(1, 2, 4),
        events: fc
          .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 2 })), { minLength: 1 })
          .map((pairs) => pairs.map(([seq, version]) => event(seq, version))),
      }),
      { maxLength: 10 },
    );
    const newest = (jobs: DeliveryJob[]) => {
      const versions = new Map<string, number>();
      for (const { room, shard, events } of jobs) {
        for (const { seq, version } of events.flatMap(messagesOf)) {
          const name = `${room}/${shard}/${seq}`;
          versions.set(name, Math.max(version, versions.get(name) ?? 0));
        }
      }
      return versions;
    };
    fc.assert(
      fc.property(some, (jobs) => {
        const merged = mergeJobs(jobs);
        expect(new Set(merged.flatMap(({ parts }) => parts))).toEqual(new Set(jobs));
        expect(newest(merged.map((each) => each.job))).toEqual(newest(jobs));
        expect(new Set(merged.map((each) => `${each.job.room}/${each.job.shard}`)).size).toBe(merged.length);
      }),
    );
  });
});
