import type { AckFrame, SendMessageFrame } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import {
  ConditionFailed,
  Conflict,
  type Documents,
  retryOnConflict,
  transact,
} from '#shared/storage/documents.ts';
import type { Message, Messages } from '#shared/storage/messages.ts';
import { sendName } from '#shared/storage/recent-sends.ts';
import type { Rooms, Sender } from '#shared/storage/rooms.ts';
import { fanOutShards } from '#shared/storage/shard-counts.ts';
import { mentionsIn } from '../access/mentions.ts';
import { asMember, mayWrite } from '../access/writing.ts';
import { FrameError } from '../websocket/frame-handler.ts';
import { fullBucket, takeToken } from './rate-limit.ts';

export interface Collaborators {
  documents: Documents;
  rooms: Rooms;
  messages: Messages;
}

/**
 * Persists a message and acknowledges it; that is all that sending is. Three round trips to DynamoDB in sequence:
 * read (room, member, sender), take a number, write (message and sender row together).
 *
 * The same client id sent again, within the member's last `limits.rememberedSends` sends, gets the first one's
 * acknowledgement and writes nothing. Two tabs that send at once meet at the sender row; the later one starts over,
 * which costs it a number: numbers may skip.
 * @throws FrameError `not_member`, `archived`, `muted`, `rate_limited`
 */
export async function sendMessage(
  frame: SendMessageFrame,
  userId: string,
  collaborators: Collaborators,
  clock: () => number = Date.now,
): Promise<AckFrame> {
  return await retryOnConflict(() => attempt(frame, userId, collaborators, clock));
}

async function attempt(
  frame: SendMessageFrame,
  userId: string,
  { documents, rooms, messages }: Collaborators,
  clock: () => number,
): Promise<AckFrame> {
  const { sender = newSender, ...view } = await rooms.readForSend(frame.room, userId);
  const writer = asMember(frame.room, view);

  const name = sendName(frame.id);
  const sent = sender.sends.find((send) => send.name === name);
  if (sent) return acknowledge(frame, sent);

  const now = clock();
  mayWrite(writer, now);
  const taken = takeToken(sender, now);
  if ('retryAfterMs' in taken) {
    throw new FrameError('rate_limited', `At most ${limits.sendsPerSecond} messages a second`, taken);
  }

  const seq = await rooms.takeSeq(frame.room);
  const sentAt = clock();
  const updated = {
    version: sender.version + 1,
    sends: [...sender.sends, { name, seq, sentAt }].slice(-limits.rememberedSends),
    ...taken.bucket,
  };
  const { room, member } = writer;
  const message: Message = {
    roomId: frame.room,
    seq,
    version: 1,
    id: frame.id,
    sender: userId,
    senderName: member.name,
    text: frame.text,
    replyTo: frame.replyTo,
    attachments: frame.attachments,
    mentions: mentionsIn(frame.text),
    sentAt,
    shards: fanOutShards(room.shardCounts, now),
    direct: room.kind === 'direct' || undefined,
    webhooks: room.webhooks > 0 || undefined,
  };
  try {
    await transact(documents, [messages.put(message), rooms.putSender(frame.room, userId, updated)]);
  } catch (error) {
    // Another tab wrote the sender row since it was read: look again, the other one may have been this very send.
    if (error instanceof ConditionFailed) throw new Conflict();
    throw error;
  }
  return acknowledge(frame, { seq, sentAt });
}

const newSender: Sender = { version: 0, sends: [], ...fullBucket };

function acknowledge(
  { id, room }: SendMessageFrame,
  { seq, sentAt }: { seq: number; sentAt: number },
): AckFrame {
  return { type: 'ack', id, room, seq, sentAt };
}
