import { limits } from '#shared/contract/limits.ts';
import type { Member, Rooms } from '#shared/storage/rooms.ts';
import { fanOutShards } from '#shared/storage/shard-counts.ts';
import { isSmall } from '../access/small-room.ts';
import type { Change } from '../changes/changes.ts';

/** Rooms that are read at once: three rows of each, of BatchGetItem's 100. */
const roomsPerRead = 33;

/**
 * Whom to tell that a person came or went: the small ones of their rooms, as these are now; what the index of memberships
 * holds may be a moment old, and what a membership knows of its room much older. Of somebody who is in more rooms than a
 * connection may be subscribed to, those where they joined, read or were changed last.
 */
export async function tell(
  { userId, online, at }: { userId: string; online: boolean; at: number },
  rooms: Pick<Rooms, 'listMemberships' | 'readForSubscribe'>,
  now: number,
): Promise<Change[]> {
  const memberships = await rooms.listMemberships(userId);
  const latest = memberships
    .toSorted((a, b) => lastChange(b) - lastChange(a))
    .slice(0, limits.roomsPerConnection);
  const parts = Array.from({ length: Math.ceil(latest.length / roomsPerRead) }, (_, index) =>
    latest.slice(index * roomsPerRead, (index + 1) * roomsPerRead).map(({ roomId }) => roomId),
  );
  const views = await Promise.all(parts.map((part) => rooms.readForSubscribe(part, userId)));
  return views
    .flatMap((part) => [...part.values()])
    .flatMap(({ room, member, memberCount }): Change[] => {
      if (!room || !member || !isSmall({ memberCount })) return [];
      const shards = fanOutShards(room.shardCounts, now);
      return [{ room: room.roomId, shards, event: { type: online ? 'online' : 'offline', at, userId } }];
    });
}

function lastChange({ changedAt, joinedAt }: Member): number {
  return changedAt ?? joinedAt;
}
