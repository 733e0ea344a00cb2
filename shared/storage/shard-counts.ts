import * as z from 'zod';
import { connectionLifeMs, shardSize, showsGrowth } from './shards.ts';

/**
 * From a room's growth until subscriptions use the new shards: twice as long as anything that read the old count can
 * run (the functions' 10 s), so that no message misses a shard that somebody is in.
 */
export const growthGraceMs = 20_000;

/**
 * The shard counts of a room, oldest first: each is what new subscriptions hash into from `from` (ms since the epoch) on.
 * The last may lie ahead. What went before is kept for as long as a connection can live that subscribed under it.
 */
export const shardCounts = z
  .array(z.object({ shards: z.number().int().positive(), from: z.number().int() }))
  .min(1);

export type ShardCounts = z.infer<typeof shardCounts>;

/** Of a room that never had another count. */
export const oneShard: ShardCounts = [{ shards: 1, from: 0 }];

/** The count that a new subscription hashes into. */
export function subscribeShards(counts: ShardCounts, now: number): number {
  return (counts.findLast(({ from }) => from <= now) ?? counts[0])?.shards ?? 1;
}

/** The count that a message is fanned out to: all shards in which there may be a live connection, now or soon. */
export function fanOutShards(counts: ShardCounts, now: number): number {
  return Math.max(...living(counts, now).map(({ shards }) => shards));
}

/**
 * The counts that fit a room, one of whose shards was seen to hold `connections`; undefined where the present ones do.
 *
 * A room grows when a shard is over its size, at once to as many shards as its connections need: messages go to all of
 * them from the next one on, subscriptions a moment later. Growth may follow on growth before the first is in use.
 *
 * It shrinks when its first shard, which stands for all since ids hash evenly, is under a quarter of its size: then
 * subscriptions use the smaller count from now on, and messages when the last connection of the shards that are cut
 * off must have ended. Until every connection has entered under the present count, a shard's size says nothing of the
 * others'; so a room shrinks no sooner after any change than a connection lives.
 */
export function fittingCounts(
  counts: ShardCounts,
  seen: { shard: number; connections: number },
  now: number,
): ShardCounts | undefined {
  const plannedFrom = counts.at(-1)?.from ?? 0;
  const current = subscribeShards(counts, now);
  const all = seen.connections * current;
  if (seen.connections > shardSize) {
    const shards = powerOfTwo(all / shardSize);
    if (!showsGrowth(seen.shard, current) || shards <= plannedShards(counts)) return undefined;
    return [...living(counts, now), { shards, from: Math.max(plannedFrom, now + growthGraceMs) }];
  }
  if (!showsShrinking(seen.shard, current, seen.connections)) return undefined;
  if (now - plannedFrom < connectionLifeMs) return undefined;
  return [...living(counts, now), { shards: powerOfTwo((2 * all) / shardSize), from: now }];
}

/** The newest count, be it in use or not yet. */
export function plannedShards(counts: ShardCounts): number {
  return counts.at(-1)?.shards ?? 1;
}

/** Whether a shard's size can mean that the count is not right; asked before the room is read. */
export function mayNotFit(shard: number, shards: number, connections: number): boolean {
  return connections > shardSize || showsShrinking(shard, shards, connections);
}

function showsShrinking(shard: number, shards: number, connections: number): boolean {
  return shard === 0 && shards > 1 && connections < shardSize / 4;
}

/** The counts under which a connection subscribed that may be alive still, and those to come. */
function living(counts: ShardCounts, now: number): ShardCounts {
  return counts.filter((_, index) => {
    const next = counts[index + 1];
    return next === undefined || next.from > now - connectionLifeMs;
  });
}

/** The smallest power of two that is not under `least`. */
function powerOfTwo(least: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(least)));
}
