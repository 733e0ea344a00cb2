import * as z from 'zod';
import { attachment } from './attachments.ts';
import { messageEvent, roomEvent } from './events.ts';
import { limits } from './limits.ts';

/** Well-formed Unicode without the noncharacters U+FFFE and U+FFFF, which SQS refuses in a message. */
export const unicode = z
  .string()
  .refine((text) => text.isWellFormed() && !/[\ufffe\uffff]/.test(text), 'holds what is no character');

const id = unicode.min(1).max(limits.clientIdLength);
const seq = z.number().int().positive();

/**
 * A room's id: letters, digits, `-` and `_`, the first one a letter or a digit. So it is never `__proto__`, which as an
 * attribute's name is lost on the way through JavaScript objects: a subscription to it could not be found again.
 */
export const roomId = z
  .string()
  .min(1)
  .max(limits.roomIdLength)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'letters, digits, - and _ only, beginning with a letter or digit');

/** A person's own feed: `@` and their user id. */
export const personalFeed = z.string().regex(/^@[A-Za-z0-9-]{1,64}$/, 'is not a personal feed');

/**
 * Client → server: persist one message. Sent again with the same `id`, it returns the first one's seq. `<@userId>` in
 * the text mentions a person. The text may be empty if files are attached, which were uploaded before.
 */
export const sendMessageFrame = z
  .object({
    action: z.literal('sendMessage'),
    id,
    room: roomId,
    text: unicode.max(limits.textLength),
    replyTo: seq.optional(),
    attachments: z.array(attachment).min(1).max(limits.attachments).optional(),
  })
  .refine(({ text, attachments }) => text !== '' || attachments, { path: ['text'], error: 'is empty' })
  .refine(
    ({ text, attachments }) =>
      new TextEncoder().encode(JSON.stringify([text, attachments])).length <= limits.contentBytes,
    `text and attachments are more than ${limits.contentBytes} bytes`,
  );

/** Client → server: another text for one's own message. */
export const editMessageFrame = z.object({
  action: z.literal('editMessage'),
  id,
  room: roomId,
  seq,
  text: unicode.min(1).max(limits.textLength),
});

/** Client → server: delete a message, one's own or, as a moderator, anybody's. Again is no error. */
export const deleteMessageFrame = z.object({ action: z.literal('deleteMessage'), id, room: roomId, seq });

/** One emoji, as Unicode recommends them for interchange. */
export const emoji = z
  .string()
  .max(64)
  .regex(/^\p{RGI_Emoji}$/v, 'is not one emoji');

/** Client → server: add (`on`) or take back one's own reaction. Again is no error. */
export const reactFrame = z.object({
  action: z.literal('react'),
  id,
  room: roomId,
  seq,
  emoji,
  on: z.boolean(),
});

/** Client → server: everything up to `seq` is read. It never goes back. */
export const markReadFrame = z.object({ action: z.literal('markRead'), id, room: roomId, seq });

/** Client → server: I am writing. Never answered, refused or not. At most every two seconds, by the client's own care. */
export const typingFrame = z.object({ action: z.literal('typing'), room: roomId });

/** Client → server: a newer token of the same person. The socket lives as long as it does. */
export const authenticateFrame = z.object({
  action: z.literal('authenticate'),
  id,
  token: z.string().min(1).max(8_192),
});

/**
 * Client → server: receive a room's events from now on, and what was missed. With `after`, the reply holds the
 * messages of higher seq, oldest first, and `next` when there are more; without it, the newest page.
 */
export const subscribeFrame = z.object({
  action: z.literal('subscribe'),
  id,
  rooms: z
    .array(
      z.object({
        room: z.union([roomId, personalFeed]),
        after: z.number().int().min(0).optional(),
        /**
         * With `after`: also messages at or under it that changed since then (ms since the epoch, the server's clock:
         * the latest `at` that was received, less a minute for what may have come late).
         */
        changedAfter: z.number().int().min(0).optional(),
        /** Also who is online, if the room is small. */
        present: z.boolean().optional(),
      }),
    )
    .min(1)
    .max(limits.roomsPerSubscribe)
    .refine((rooms) => new Set(rooms.map(({ room }) => room)).size === rooms.length, 'a room is named twice'),
});

/** Client → server: stop receiving rooms' events. Rooms that were not subscribed to are ignored. */
export const unsubscribeFrame = z.object({
  action: z.literal('unsubscribe'),
  id,
  rooms: z
    .array(z.union([roomId, personalFeed]))
    .min(1)
    .max(limits.roomsPerConnection),
});

/** Client → server: answered with `pong` by API Gateway itself; keeps the socket from idling out (10 minutes). */
const pingFrame = z.object({ action: z.literal('ping') });

/** Every frame that a client may send; `action` selects the API Gateway route. */
export const clientFrame = z.discriminatedUnion('action', [
  sendMessageFrame,
  editMessageFrame,
  deleteMessageFrame,
  reactFrame,
  markReadFrame,
  typingFrame,
  authenticateFrame,
  subscribeFrame,
  unsubscribeFrame,
  pingFrame,
]);

/** Server → client: the frame `id` was carried out. A send's ack follows its write. */
const ackFrame = z.object({
  type: z.literal('ack'),
  id: z.string(),
  room: z.string().optional(),
  /** Of a send: the message's place in the room, and when it was written (ms since the epoch). */
  seq: seq.optional(),
  sentAt: z.number().int().optional(),
  /** Of an edit, deletion or reaction: the message's version now. */
  version: z.number().int().positive().optional(),
  /** Of `authenticate`: until when the socket may live (ms since the epoch). */
  expiresAt: z.number().int().optional(),
});

/** One room of a `subscribed` reply. */
const subscribedRoom = z.object({
  room: z.string(),
  /** The highest seq taken in the room so far; 0 in an empty room. */
  lastSeq: z.number().int().min(0),
  /** The highest seq that this person has read, by `markRead`. */
  readSeq: z.number().int().min(0),
  /** Oldest first. */
  messages: z.array(messageEvent),
  /** True when `messages` (and the pages behind `next`) hold everything after the `after` that was asked for. */
  recovered: z.boolean(),
  /** There are more: subscribe again with `after: next`. */
  next: z.number().int().min(0).optional(),
  /** With `changedAfter`: the present states of older messages that changed, in order of change. */
  changes: z.array(messageEvent).optional(),
  /** There were more than `limits.changesPageSize`, or they did not fit: what is known of older messages may be stale. */
  changesCut: z.boolean().optional(),
  /** With `present`, in a room of at most `limits.presenceMembers`: who is online, by user id. */
  present: z.array(z.string()).optional(),
  /** With `present`: who is online did not fit into this reply. Ask again. */
  presentCut: z.boolean().optional(),
});

/** Server → client: the subscriptions stand, and here is what was missed. */
export const subscribedFrame = z.object({
  type: z.literal('subscribed'),
  id: z.string(),
  rooms: z.array(subscribedRoom),
});

/** Server → client: what happened in a room. Several changes share a frame when they come close together. */
export const eventsFrame = z.object({
  type: z.literal('events'),
  room: z.string(),
  events: z.array(roomEvent).min(1),
});

/**
 * Server → client: move to a new socket before this time (ms since the epoch), at a moment of one's own choice, so that
 * not everybody does at once. This one ends soon: at API Gateway's two hours, or for an operator's reason.
 */
export const reconnectFrame = z.object({ type: z.literal('reconnect'), before: z.number().int() });

/** Server → client: answer to `ping`. */
const pongFrame = z.object({ type: z.literal('pong') });

/**
 * Why a frame was refused. Nothing was written, and the socket stays open.
 * - `bad_frame`: not JSON, or no `action`
 * - `unknown_action`: no such action
 * - `invalid`: a field is missing, of the wrong type or too long; `message` names it
 * - `not_member`: the person is not a member of the room(s) in `rooms`
 * - `muted`: the person may read the room but not write to it now
 * - `forbidden`: the person's role in the room does not allow it
 * - `archived`: the room is read only
 * - `not_found`: there is no such message, or it was deleted
 * - `unauthorized`: the token of an `authenticate` is not valid, or another person's; the old one still counts
 * - `too_many_rooms`: the connection would exceed its subscriptions
 * - `rate_limited`: too many sends; try again in `retryAfterMs`
 * - `unavailable`: a passing failure; the same frame may be sent again
 */
export const errorCode = z.enum([
  'bad_frame',
  'unknown_action',
  'invalid',
  'not_member',
  'muted',
  'forbidden',
  'archived',
  'not_found',
  'unauthorized',
  'too_many_rooms',
  'rate_limited',
  'unavailable',
]);

/** Server → client: a frame was refused. `id` is the frame's, where it had one. */
const errorFrame = z.object({
  type: z.literal('error'),
  id: z.string().optional(),
  code: errorCode,
  message: z.string(),
  /** With `not_member` and `too_many_rooms`: the rooms that were refused. Nothing was done for the others either. */
  rooms: z.array(z.string()).optional(),
  /** With `rate_limited`: milliseconds until one more send is allowed. */
  retryAfterMs: z.number().int().min(0).optional(),
});

/** Every frame that a server may send. */
export const serverFrame = z.discriminatedUnion('type', [
  ackFrame,
  subscribedFrame,
  eventsFrame,
  reconnectFrame,
  pongFrame,
  errorFrame,
]);

export type SendMessageFrame = z.infer<typeof sendMessageFrame>;
export type SubscribeFrame = z.infer<typeof subscribeFrame>;
export type EditMessageFrame = z.infer<typeof editMessageFrame>;
export type DeleteMessageFrame = z.infer<typeof deleteMessageFrame>;
export type ReactFrame = z.infer<typeof reactFrame>;
export type MarkReadFrame = z.infer<typeof markReadFrame>;
export type TypingFrame = z.infer<typeof typingFrame>;
export type AuthenticateFrame = z.infer<typeof authenticateFrame>;
export type UnsubscribeFrame = z.infer<typeof unsubscribeFrame>;
export type ClientFrame = z.infer<typeof clientFrame>;
export type AckFrame = z.infer<typeof ackFrame>;
export type SubscribedRoom = z.infer<typeof subscribedRoom>;
export type SubscribedFrame = z.infer<typeof subscribedFrame>;
export type EventsFrame = z.infer<typeof eventsFrame>;
export type ReconnectFrame = z.infer<typeof reconnectFrame>;
export type ErrorCode = z.infer<typeof errorCode>;
export type ErrorFrame = z.infer<typeof errorFrame>;
export type ServerFrame = z.infer<typeof serverFrame>;
