import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fanOutShards,
  fittingCounts,
  growthGraceMs,
  mayNotFit,
  oneShard,
  type ShardCounts,
  subscribeShards,
} from './shard-counts.ts';
import { connectionLifeMs, shardSize } from './shards.ts';

const now = 1_750_000_000_000;
const minute = 60_000;
const hour = 60 * minute;

/** What is left of `counts` once a shard was seen so; fails where nothing changes. */
function fitted(counts: ShardCounts, shard: number, connections: number, at: number): ShardCounts {
  const fitting = fittingCounts(counts, { shard, connections }, at);
  if (!fitting) throw new Error('The counts fit');
  return fitting;
}

const both = (counts: ShardCounts, at: number) => [fanOutShards(counts, at), subscribeShards(counts, at)];

describe('growth', () => {
  it('begins above the size of a shard', () => {
    expect(fittingCounts(oneShard, { shard: 0, connections: shardSize }, now)).toBeUndefined();
    expect(both(fitted(oneShard, 0, shardSize + 1, now), now)).toEqual([2, 1]);
  });

  it('is followed by messages at once, and by subscriptions when no send can carry the old count any more', () => {
    const grown = fitted(oneShard, 0, shardSize + 1, now);
    expect(both(grown, now)).toEqual([2, 1]);
    expect(both(grown, now + growthGraceMs - 1)).toEqual([2, 1]);
    expect(both(grown, now + growthGraceMs)).toEqual([2, 2]);
  });

  it('goes at once to as many shards as the connections need', () => {
    expect(fanOutShards(fitted(oneShard, 0, 19_500, now), now)).toBe(32);
    const two = fitted(oneShard, 0, shardSize + 1, now);
    expect(fanOutShards(fitted(two, 1, 3_001, now + hour), now + hour)).toBe(8);
  });

  it('follows on growth that is not yet in use, without putting it off', () => {
    const steps = [1_001, 1_500, 2_001, 4_001].reduce<ShardCounts>(
      (counts, connections, second) =>
        fittingCounts(counts, { shard: 0, connections }, now + second * 1_000) ?? counts,
      oneShard,
    );
    expect(fanOutShards(steps, now + 3_000)).toBe(8);
    const at = (second: number) => subscribeShards(steps, now + second * 1_000 + growthGraceMs);
    expect([-1, 0, 1, 2, 3].map(at)).toEqual([1, 2, 2, 4, 8]);
  });

  it('is shown by the shards alone that the last one added', () => {
    const grown = fitted(oneShard, 0, 4_000, now);
    const later = now + growthGraceMs;
    for (const shard of [0, 1])
      expect(fittingCounts(grown, { shard, connections: 5_000 }, later)).toBeUndefined();
    for (const shard of [2, 3]) expect(fanOutShards(fitted(grown, shard, 1_001, later), later)).toBe(8);
  });
});

describe('shrinking', () => {
  const large = fitted(oneShard, 0, 30_000, now);
  const settled = now + growthGraceMs + connectionLifeMs;

  it('is followed by subscriptions at once, and by messages when nobody can live in what is cut off', () => {
    const shrunk = fitted(large, 0, 2, settled);
    expect(both(large, settled)).toEqual([32, 32]);
    expect(both(shrunk, settled)).toEqual([32, 1]);
    expect(both(shrunk, settled + connectionLifeMs - 1)).toEqual([32, 1]);
    expect(both(shrunk, settled + connectionLifeMs)).toEqual([1, 1]);
  });

  it('goes at once to the count at which a shard is half full', () => {
    expect(subscribeShards(fitted(large, 0, 60, settled), settled)).toBe(4);
    expect(subscribeShards(fitted(large, 0, 249, settled), settled)).toBe(16);
    expect(subscribeShards(fitted(large, 0, 0, settled), settled)).toBe(1);
    expect(fittingCounts(large, { shard: 0, connections: 250 }, settled)).toBeUndefined();
  });

  it('waits until every connection has entered under the present count', () => {
    expect(fittingCounts(large, { shard: 0, connections: 2 }, settled - 1)).toBeUndefined();
    const shrunk = fitted(large, 0, 100, settled);
    expect(fittingCounts(shrunk, { shard: 0, connections: 2 }, settled + hour)).toBeUndefined();
    expect(subscribeShards(fitted(shrunk, 0, 2, settled + 3 * hour), settled + 3 * hour)).toBe(1);
  });

  it('is shown by the first shard alone', () => {
    expect(fittingCounts(large, { shard: 1, connections: 0 }, settled)).toBeUndefined();
  });

  it('lets a room grow again meanwhile, and messages still go wherever somebody is', () => {
    const shrunk = fitted(large, 0, 2, settled);
    const again = fitted(shrunk, 0, 1_001, settled + minute);
    expect(both(again, settled + minute)).toEqual([32, 1]);
    expect(both(again, settled + minute + growthGraceMs)).toEqual([32, 2]);
    expect(both(again, settled + connectionLifeMs)).toEqual([2, 2]);
  });

  it('leaves nothing behind: counts that nobody can live under are dropped at the next change', () => {
    const shrunk = fitted(large, 0, 2, settled);
    const again = fitted(shrunk, 0, 1_001, settled + 3 * hour);
    expect(again.map(({ shards }) => shards)).toEqual([1, 2]);
  });
});

it('a shard is worth a look exactly where its size can mean a change', () => {
  const sizes = [0, 249, 250, 1_000, 1_001];
  expect(sizes.filter((connections) => mayNotFit(0, 4, connections))).toEqual([0, 249, 1_001]);
  expect(sizes.filter((connections) => mayNotFit(1, 4, connections))).toEqual([1_001]);
  expect(sizes.filter((connections) => mayNotFit(0, 1, connections))).toEqual([1_001]);
});

describe('whatever a room goes through', () => {
  /** The longest that a function runs, and that a socket lives. */
  const runMs = 10_000;
  const socketMs = 2 * hour;
  const gap = fc.oneof(fc.integer({ min: 0, max: 3 * runMs }), fc.integer({ min: 0, max: 3 * hour }));

  it('no message misses a shard that a live connection subscribed in before it', () => {
    const sightings = fc.array(
      fc.record({ gap, shard: fc.nat(), connections: fc.constantFrom(0, 3, 200, 1_001, 2_500, 40_000) }),
      { minLength: 1, maxLength: 12 },
    );
    // Just around a change, or long after it.
    const since = fc.oneof(fc.integer({ min: -2 * runMs, max: 4 * runMs }), gap);
    const run = fc.oneof(fc.constantFrom(0, runMs), fc.integer({ min: 0, max: runMs }));
    const moment = fc.record({ sighting: fc.nat(), since, run });
    fc.assert(
      fc.property(sightings, moment, moment, (seen, subscription, message) => {
        // The counts as they were read at each moment.
        const history: { at: number; counts: ShardCounts }[] = [{ at: 0, counts: oneShard }];
        const times: number[] = [];
        let clock = now;
        for (const { gap: wait, shard, connections } of seen) {
          clock += wait;
          times.push(clock);
          const counts = history.at(-1)?.counts ?? oneShard;
          const at = shard % fanOutShards(counts, clock);
          const fitting = fittingCounts(counts, { shard: at, connections }, clock);
          if (fitting) history.push({ at: clock, counts: fitting });
        }
        const readAt = (at: number) => history.findLast((entry) => entry.at <= at)?.counts ?? oneShard;
        const timeOf = (event: { sighting: number; since: number }) =>
          (times[event.sighting % times.length] ?? now) + event.since;

        const subscribing = timeOf(subscription);
        const used = subscribeShards(readAt(subscribing), subscribing);
        const subscribed = subscribing + subscription.run;
        const sending = timeOf(message);
        const written = sending + message.run;
        // What is written before the subscription is in the history that is read after it.
        if (written < subscribed || sending > subscribed + socketMs) return;
        expect(fanOutShards(readAt(sending), sending)).toBeGreaterThanOrEqual(used);
      }),
      { numRuns: 20_000 },
    );
  });
});
