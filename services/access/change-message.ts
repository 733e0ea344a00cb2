import type { AckFrame } from '#shared/contract/frames.ts';
import { retryOnConflict } from '#shared/storage/documents.ts';
import type { Message, Messages } from '#shared/storage/messages.ts';
import type { Rooms } from '#shared/storage/rooms.ts';
import { fanOutShards } from '#shared/storage/shard-counts.ts';
import { FrameError } from '../websocket/frame-handler.ts';
import { asMember, type Writer } from './writing.ts';

export interface Collaborators {
  rooms: Rooms;
  messages: Messages;
}

/** What another state of a message differs in. */
export type Change = Partial<Omit<Message, 'roomId' | 'seq' | 'version' | 'changedAt' | 'shards'>>;

/**
 * Changes a message: reads the room, the person's membership and the message, asks `change` what is to be another, and
 * writes the message's next version. Two who change it at once do so one after the other.
 * @param change returns undefined where the message is already as it is wanted: nothing is written, and acknowledged all the same
 * @throws FrameError `not_member`, `not_found` (there is no such message, or it was deleted), and what `change` throws
 */
export async function changeMessage(
  frame: { id: string; room: string; seq: number },
  userId: string,
  { rooms, messages }: Collaborators,
  now: number,
  change: (message: Message, writer: Writer) => Change | undefined,
): Promise<AckFrame> {
  const { id, room: roomId, seq } = frame;
  const acknowledge = ({ version }: Message): AckFrame => ({ type: 'ack', id, room: roomId, seq, version });
  return await retryOnConflict(async () => {
    const [view, message] = await Promise.all([
      rooms.readForSend(roomId, userId),
      messages.read(roomId, seq),
    ]);
    const writer = asMember(roomId, view);
    if (!message) throw new FrameError('not_found', `There is no message ${seq} in ${roomId}`);
    const changes = change(message, writer);
    if (!changes) return acknowledge(message);
    const changed = {
      ...message,
      ...changes,
      version: message.version + 1,
      // Never at or before the last change, so that who asks for what changed after that one is told of this one.
      changedAt: Math.max(now, (message.changedAt ?? message.sentAt) + 1),
      shards: fanOutShards(writer.room.shardCounts, now),
    };
    await messages.replace(changed);
    return acknowledge(changed);
  });
}

/** @throws FrameError `not_found` */
export function notDeleted(message: Message): void {
  if (message.deletedAt !== undefined) {
    throw new FrameError('not_found', `Message ${message.seq} of ${message.roomId} was deleted`);
  }
}
