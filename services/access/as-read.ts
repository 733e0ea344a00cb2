import type { RoomAsRead } from '#shared/storage/members.ts';
import type { Room, RoomView } from '#shared/storage/rooms.ts';
import { fanOutShards } from '#shared/storage/shard-counts.ts';
import { isSmall } from './small-room.ts';

/** What a member's row is copied of its room. */
export function asRead({ room, memberCount }: RoomView & { room: Room }, now: number): RoomAsRead {
  return { shards: fanOutShards(room.shardCounts, now), small: isSmall({ memberCount }) };
}
