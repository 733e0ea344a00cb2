/** Connections of a shard that one job takes; a shard that has more is over its size. */
export const shardSize = 1_000;

/**
 * How long a subscription can be of use: API Gateway ends a socket after two hours. Ten minutes more, and a row that is
 * still there lost its $disconnect.
 */
export const connectionLifeMs = (2 * 60 + 10) * 60_000;

/** The shard of a room that a connection's subscription lies in: its id's FNV-1a hash, modulo the room's count. */
export function shardOf(connectionId: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < connectionId.length; i++) {
    hash ^= connectionId.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % shards;
}

/**
 * Whether a shard that is over its size means that `shards`, the count that subscriptions use, are too few. Connections
 * stay in the shard that they entered, so those of the first half may be full of connections from before the last
 * growth, for as long as those live: it is the second half, which was added then, that shows how many have come since.
 */
export function showsGrowth(shard: number, shards: number): boolean {
  return shards === 1 || shard >= shards / 2;
}
