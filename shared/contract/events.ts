import * as z from 'zod';
import { attachment } from './attachments.ts';

const at = z.number().int();
const seq = z.number().int().positive();

/** Everybody who reacted with one emoji, in the order in which they did. */
const reaction = z.object({ emoji: z.string(), users: z.array(z.string()).min(1) });

/**
 * A message as it is now. As an event, it tells of a new one; `at` is when it was sent, milliseconds since the epoch by
 * the server's clock. (room, seq, version) names a state of a message: a client that has it, or a later one, drops the
 * copy.
 */
export const messageEvent = z.object({
  type: z.literal('message'),
  at,
  /** The message's place in its room: ordered, never reused, sometimes skipped. */
  seq,
  /** 1 when sent; higher after each change. */
  version: z.number().int().positive(),
  /** The client's own id of the send: its author matches it with the optimistic copy. */
  id: z.string(),
  /** The verified subject (`sub`) of the sender's token. */
  sender: z.string(),
  /** The sender's display name at the time of sending. */
  senderName: z.string(),
  /** As written; `<@userId>` mentions a person. Empty once deleted, and may be empty where there are attachments. */
  text: z.string(),
  /** The seq of the message that this one answers. */
  replyTo: seq.optional(),
  attachments: z.array(attachment).optional(),
  /** Whom the text mentions, by user id, each once. */
  mentions: z.array(z.string()).optional(),
  reactions: z.array(reaction).optional(),
  /** When the text was last edited. */
  editedAt: at.optional(),
  /** The message was deleted then, by its sender or a moderator: a tombstone, without text or attachments, keeps its place. */
  deletedAt: at.optional(),
  deletedBy: z.string().optional(),
});

/**
 * A message was edited, deleted or reacted to. The event holds the message's whole new state, so that one which
 * overtakes another, or comes twice, does no harm: the highest version is the message.
 */
const changedMessage = { at, message: messageEvent };
export const editedEvent = z.object({ type: z.literal('edited'), ...changedMessage });
export const deletedEvent = z.object({ type: z.literal('deleted'), ...changedMessage });
export const reactionEvent = z.object({ type: z.literal('reaction'), ...changedMessage });

/** What a person may do in a room, from most to least. The room called `general`, which nobody made, has no owner. */
export const role = z.enum(['owner', 'moderator', 'member']);

/** A person read up to `seq`. Only in rooms of at most `limits.presenceMembers`; one's own come in the personal feed. */
export const receiptEvent = z.object({ type: z.literal('receipt'), at, userId: z.string(), seq });

/** A person became a member. Told, as `left` is, in rooms of at most `limits.presenceMembers`; a larger one's list of members has it. */
export const joinedEvent = z.object({
  type: z.literal('joined'),
  at,
  userId: z.string(),
  name: z.string(),
  role,
  /** They are online: without it they are not, or it was not looked for. */
  online: z.boolean().optional(),
});

/** A person is no member any more: they left, were removed, or banned. */
export const leftEvent = z.object({ type: z.literal('left'), at, userId: z.string() });

/**
 * A member's name, role or mute is another. Without `mutedUntil`, they may write. Another name alone is told in rooms of at
 * most `limits.presenceMembers`.
 */
export const memberEvent = z.object({
  type: z.literal('member'),
  at,
  userId: z.string(),
  name: z.string(),
  role,
  /** Milliseconds since the epoch. */
  mutedUntil: at.optional(),
});

/** A member of a small room has a live connection now. However many sessions they have, it is told once. */
export const onlineEvent = z.object({ type: z.literal('online'), at, userId: z.string() });
/** A member of a small room has no live connection any more. */
export const offlineEvent = z.object({ type: z.literal('offline'), at, userId: z.string() });

/** A member is writing: true for `limits.typingMs`, unless it is told again. Never stored. */
export const typingEvent = z.object({ type: z.literal('typing'), at, userId: z.string(), name: z.string() });

/** What is known of a room by whoever may see it. */
export const roomInfo = z.object({
  room: z.string(),
  /** `direct`: between two to nine people, who are its members for good; it has no name of its own. */
  kind: z.enum(['room', 'direct']),
  name: z.string(),
  description: z.string().optional(),
  /** `public`: found by everybody in the list of rooms. */
  visibility: z.enum(['public', 'private']),
  /** `open`: members add members, and whoever finds the room may join. `restricted`: only moderators add. */
  mode: z.enum(['open', 'restricted']),
  /** An archived room is read, and not written to. */
  archivedAt: at.optional(),
  createdAt: at,
});

/** The room's name, description, visibility, mode or archival is another. */
export const roomChangedEvent = z.object({ type: z.literal('room'), at, info: roomInfo });

/**
 * One became a member of a room. In the personal feed, a pseudo-room `@<own user id>` to which each person may
 * subscribe, and which tells what concerns them in rooms that they may not be subscribed to.
 */
export const addedEvent = z.object({ type: z.literal('added'), at, room: z.string(), role });
/** One is no member of a room any more. In the personal feed. */
export const removedEvent = z.object({ type: z.literal('removed'), at, room: z.string() });
/** One's own reading, on whatever device. In the personal feed. */
export const readEvent = z.object({ type: z.literal('read'), at, room: z.string(), seq });

/** One change of a room, or of the personal feed. Clients ignore kinds that they do not know. */
export const roomEvent = z.discriminatedUnion('type', [
  messageEvent,
  editedEvent,
  deletedEvent,
  reactionEvent,
  receiptEvent,
  joinedEvent,
  leftEvent,
  memberEvent,
  onlineEvent,
  offlineEvent,
  typingEvent,
  roomChangedEvent,
  addedEvent,
  removedEvent,
  readEvent,
]);

export type MessageEvent = z.infer<typeof messageEvent>;
export type RoomEvent = z.infer<typeof roomEvent>;
export type Role = z.infer<typeof role>;
export type RoomInfo = z.infer<typeof roomInfo>;

/** Whether an event is of a message: its latencies are those that people feel, and its time is exact. */
export function tellsOfMessage(event: RoomEvent): boolean {
  return messageIn(event) !== undefined;
}

/** The message that an event tells of: a new one, or a changed one. */
export function messageIn(event: RoomEvent): MessageEvent | undefined {
  if (event.type === 'message') return event;
  return 'message' in event ? event.message : undefined;
}
