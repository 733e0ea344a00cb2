import * as z from 'zod';
import { messageEvent, roomEvent } from './events.ts';
import { limits } from './limits.ts';

/** Well-formed Unicode without the noncharacters U+FFFE and U+FFFF, which SQS refuses in a message. */
const unicode = z
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

/** Client → server: persist one message. Sent again with the same `id`, it returns the first one's seq. */
export const sendMessageFrame = z.object({
  action: z.literal('sendMessage'),
  id,
  room: roomId,
  text: unicode.min(1).max(limits.textLength),
  replyTo: seq.optional(),
});

/**
 * Client → server: receive a room's events from now on, and what was missed. With `after`, the reply holds the
 * messages of higher seq, oldest first, and `next` when there are more; without it, the newest page.
 */
export const subscribeFrame = z.object({
  action: z.literal('subscribe'),
  id,
  rooms: z
    .array(z.object({ room: roomId, after: z.number().int().min(0).optional() }))
    .min(1)
    .max(limits.roomsPerSubscribe)
    .refine((rooms) => new Set(rooms.map(({ room }) => room)).size === rooms.length, 'a room is named twice'),
});

/** Client → server: stop receiving rooms' events. Rooms that were not subscribed to are ignored. */
export const unsubscribeFrame = z.object({
  action: z.literal('unsubscribe'),
  id,
  rooms: z.array(roomId).min(1).max(limits.roomsPerConnection),
});

/** Client → server: answered with `pong` by API Gateway itself; keeps the socket from idling out (10 minutes). */
const pingFrame = z.object({ action: z.literal('ping') });

/** Every frame that a client may send; `action` selects the API Gateway route. */
export const clientFrame = z.discriminatedUnion('action', [
  sendMessageFrame,
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

/** Server → client: answer to `ping`. */
const pongFrame = z.object({ type: z.literal('pong') });

/**
 * Why a frame was refused. Nothing was written, and the socket stays open.
 * - `bad_frame`: not JSON, or no `action`
 * - `unknown_action`: no such action
 * - `invalid`: a field is missing, of the wrong type or too long; `message` names it
 * - `not_member`: the person is not a member of the room(s) in `rooms`
 * - `muted`: the person may read the room but not write to it now
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
  pongFrame,
  errorFrame,
]);

export type SendMessageFrame = z.infer<typeof sendMessageFrame>;
export type SubscribeFrame = z.infer<typeof subscribeFrame>;
export type UnsubscribeFrame = z.infer<typeof unsubscribeFrame>;
export type ClientFrame = z.infer<typeof clientFrame>;
export type AckFrame = z.infer<typeof ackFrame>;
export type SubscribedRoom = z.infer<typeof subscribedRoom>;
export type SubscribedFrame = z.infer<typeof subscribedFrame>;
export type EventsFrame = z.infer<typeof eventsFrame>;
export type ErrorCode = z.infer<typeof errorCode>;
export type ErrorFrame = z.infer<typeof errorFrame>;
export type ServerFrame = z.infer<typeof serverFrame>;
