import type { TypingFrame } from '#shared/contract/frames.ts';
import type { Rooms } from '#shared/storage/rooms.ts';
import { fanOutShards } from '#shared/storage/shard-counts.ts';
import { isSmall } from '../access/small-room.ts';
import { asMember, mayWrite } from '../access/writing.ts';
import type { SendJobs } from '../dispatch/dispatch.ts';

/**
 * Tells a small room that somebody is writing. The one thing that goes to the deliveries queue without being stored
 * first: it is worth nothing a few seconds later, and a worker drops it then.
 * @throws FrameError `not_member`, `archived`, `muted`; Error where the queue took it not
 */
export async function tellTyping(
  { room: roomId }: TypingFrame,
  userId: string,
  { rooms, sendJobs }: { rooms: Rooms; sendJobs: SendJobs },
  now: number,
): Promise<void> {
  const view = (await rooms.readForSubscribe([roomId], userId)).get(roomId);
  if (!view) throw new Error(`${roomId} was not read`);
  const writer = asMember(roomId, view);
  mayWrite(writer, now);
  if (!isSmall(view)) return;
  const shards = fanOutShards(writer.room.shardCounts, now);
  const event = { type: 'typing' as const, at: now, userId, name: writer.member.name };
  const unsent = await sendJobs(
    Array.from({ length: shards }, (_, shard) => ({ room: roomId, shard, shards, events: [event] })),
  );
  if (unsent.length > 0) throw new Error(`${unsent.length} jobs could not be sent`);
}
