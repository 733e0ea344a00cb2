import type { AckFrame, MarkReadFrame } from '#shared/contract/frames.ts';
import { retryOnConflict } from '#shared/storage/documents.ts';
import type { Rooms } from '#shared/storage/rooms.ts';
import { fanOutShards } from '#shared/storage/shard-counts.ts';
import { isSmall } from '../access/small-room.ts';
import { asMember } from '../access/writing.ts';
import { FrameError } from '../websocket/frame-handler.ts';

/**
 * Moves the person's read position on, on all of their devices. A muted person reads, and an archived room is read too.
 * @throws FrameError `not_member`, `invalid` (the room has no such message yet)
 */
export async function markRead(
  { id, room: roomId, seq }: MarkReadFrame,
  userId: string,
  { rooms }: { rooms: Rooms },
  now: number,
): Promise<AckFrame> {
  const view = (await rooms.readForSubscribe([roomId], userId)).get(roomId);
  if (!view) throw new Error(`${roomId} was not read`);
  const { room, member } = asMember(roomId, view);
  if (seq > view.lastSeq) throw new FrameError('invalid', `seq: the room's last message is ${view.lastSeq}`);
  if (seq > member.readSeq) {
    const read = { seq, shards: fanOutShards(room.shardCounts, now), small: isSmall(view) };
    await retryOnConflict(() => rooms.markRead(roomId, userId, read, now));
  }
  return { type: 'ack', id, room: roomId, seq: Math.max(seq, member.readSeq) };
}
