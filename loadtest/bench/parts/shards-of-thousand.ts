import { shardSize } from '#shared/storage/shards.ts';

/** A room's connections in as few shards as hold them: as full as a worker takes one, so that none is handed on. */
export function shardsOfThousand<T>(connections: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(connections.length / shardSize) }, (_, shard) =>
    connections.slice(shard * shardSize, (shard + 1) * shardSize),
  );
}
