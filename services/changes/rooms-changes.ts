import * as z from 'zod';
import type { RoomInfo } from '#shared/contract/events.ts';
import { type Member, memberRow, type Room, roomRow } from '#shared/storage/rooms.ts';
import { fanOutShards } from '#shared/storage/shard-counts.ts';
import type { Change, Images } from './changes.ts';

/** What a row of the rooms table tells: of the room itself, or of one member. */
export function roomsChanges(images: Images): Change[] {
  const { item } = z.object({ item: z.string() }).parse(images.after ?? images.before);
  if (item === 'ROOM') return roomChanges(images);
  return item.startsWith('MEMBER#') ? memberChanges(images) : [];
}

function roomChanges({ before, after, writtenAt }: Images): Change[] {
  // A new room has no subscribers yet.
  if (!before || !after) return [];
  const room = roomRow.parse(after);
  const info = roomInfoOf(room);
  if (JSON.stringify(info) === JSON.stringify(roomInfoOf(roomRow.parse(before)))) return [];
  const at = room.changedAt ?? writtenAt;
  const shards = fanOutShards(room.shardCounts, at);
  return [{ room: room.roomId, shards, event: { type: 'room', at, info } }];
}

function memberChanges({ before, after, writtenAt }: Images): Change[] {
  const was = before && memberRow.parse(before);
  const is = after && memberRow.parse(after);
  if (is && !was) return joined(is);
  // DynamoDB cuts the time to the second: what was told of them in that second must not seem newer.
  if (was && !is) return left(was, Math.max(writtenAt, was.changedAt ?? 0));
  return is && was ? changed(was, is) : [];
}

function joined(member: Member): Change[] {
  const { userId, name, role, joinedAt: at, online, roomId } = member;
  return [
    { ...toRoom(member, { type: 'joined', at, userId, name, role, online }), onlyBus: !member.small },
    toPerson(member, { type: 'added', at, room: roomId, role }),
  ];
}

function left(member: Member, at: number): Change[] {
  const { userId, roomId } = member;
  return [
    { ...toRoom(member, { type: 'left', at, userId }), onlyBus: !member.small },
    toPerson(member, { type: 'removed', at, room: roomId }),
  ];
}

function changed(was: Member, is: Member): Change[] {
  const { userId, name, role, mutedUntil, readSeq, roomId, changedAt: at = is.joinedAt } = is;
  const changes: Change[] = [];
  const byModerators = role !== was.role || mutedUntil !== was.mutedUntil;
  if (byModerators || name !== was.name) {
    const change = toRoom(is, { type: 'member', at, userId, name, role, mutedUntil });
    // A crowd reads the name where the person speaks: one click must not be a post to each of ten thousand.
    changes.push({ ...change, onlyBus: !byModerators && !is.small });
  }
  if (readSeq !== was.readSeq) {
    if (is.small) changes.push(toRoom(is, { type: 'receipt', at, userId, seq: readSeq }));
    changes.push(toPerson(is, { type: 'read', at, room: roomId, seq: readSeq }));
  }
  return changes;
}

function toRoom({ roomId, shards }: Member, event: Change['event']): Change {
  return { room: roomId, shards, event };
}

function toPerson({ userId }: Member, event: Change['event']): Change {
  return { room: `@${userId}`, shards: 1, event };
}

/** A room as everybody who may see it does. */
export function roomInfoOf(room: Room): RoomInfo {
  const { roomId, kind, name, description, visibility, mode, archivedAt, createdAt } = room;
  return { room: roomId, kind, name, description, visibility, mode, archivedAt, createdAt };
}
