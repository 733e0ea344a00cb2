import * as z from 'zod';
import { attachment, fileName } from './attachments.ts';
import { messageEvent, role, roomInfo } from './events.ts';
import { attachmentTypes } from './file-types.ts';
import { unicode } from './frames.ts';
import { limits } from './limits.ts';

/**
 * The HTTP API under `/api`. Every request carries `Authorization: Bearer <access token>`; every refusal is a problem
 * document (RFC 9457). Lists come in pages: an answer with `next` continues with `?cursor=<next>`, which is opaque.
 */

/** One line of visible text: a name of a person or a room. */
function line(length: number) {
  return unicode
    .trim()
    .min(1)
    .max(length)
    .refine((text) => !/[\p{Cc}\p{Zl}\p{Zp}\u200b\u202a-\u202e\u2060-\u2069\ufeff]/u.test(text), {
      error: 'holds characters that cannot be seen',
    });
}

export const userId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9-]+$/, 'is not a user id');
const cursor = z.string().min(1).max(2_000).optional();
const at = z.number().int();

export const page = z.object({
  cursor,
  limit: z.coerce.number().int().min(1).max(limits.listPageSize).default(50),
});

/** `GET /me`; `PATCH /me` with a `profilePatch` answers with it too. */
export const me = z.object({ userId: z.string(), name: z.string() });
export const profilePatch = z.strictObject({ name: line(limits.nameLength) });

/** `GET /people?name=…` finds people whose names begin so; `GET /people?ids=a,b` names those known by id, at most 100. */
export const peopleQuery = z.union([
  z.strictObject({ name: z.string().trim().min(1).max(limits.nameLength) }),
  z.strictObject({
    ids: z
      .string()
      .transform((ids) => ids.split(','))
      .pipe(z.array(userId).min(1).max(100)),
  }),
]);
export const people = z.object({ people: z.array(me) });

/** A room as its member sees it. */
export const myRoom = roomInfo.extend({
  role,
  /** The person's own position, and the highest seq of the room: what lies between is unread. */
  readSeq: z.number().int().min(0),
  lastSeq: z.number().int().min(0),
  /** Messages after `readSeq`, at most; numbers may skip. */
  unread: z.number().int().min(0),
  mutedUntil: at.optional(),
  memberCount: z.number().int().min(0),
  lastMessage: messageEvent.optional(),
  /** Of a direct room: everybody in it. */
  people: z.array(me).optional(),
});

/** `GET /rooms`: the rooms that one is a member of, by the room's id, up to 25 a page (`page` with at most 25). */
export const myRooms = z.object({ rooms: z.array(myRoom), next: cursor });

/** `POST /rooms`: 201 with `myRoom`. Who makes a room is its owner. */
export const newRoom = z.strictObject({
  name: line(limits.roomNameLength),
  description: unicode.trim().max(limits.descriptionLength).optional(),
  visibility: z.enum(['public', 'private']).default('private'),
  mode: z.enum(['open', 'restricted']).default('open'),
});

/** `POST /directs`: the direct room of oneself and these people. The same people always have the same one: 201 or 200 with `myRoom`. */
export const newDirect = z.strictObject({
  people: z
    .array(userId)
    .min(1)
    .max(limits.directPeople - 1),
});

/** `GET /rooms/public?search=…`: public rooms that are not archived, whose names begin so, by name. */
export const publicRoomsQuery = page.extend({
  search: z.string().trim().max(limits.roomNameLength).optional(),
});
export const publicRooms = z.object({
  rooms: z.array(roomInfo.extend({ memberCount: z.number().int().min(0), joined: z.boolean() })),
  next: cursor,
});

/** `GET /rooms/{room}`: `myRoom` to members, `roomInfo` with `memberCount` to others if the room is public. */
export const roomForOthers = roomInfo.extend({ memberCount: z.number().int().min(0) });

/** `PATCH /rooms/{room}`: name and description by moderators, the rest by the owner. Answers with `myRoom`. */
export const roomPatch = z
  .strictObject({
    name: line(limits.roomNameLength),
    /** Empty: none. */
    description: unicode.trim().max(limits.descriptionLength),
    visibility: z.enum(['public', 'private']),
    mode: z.enum(['open', 'restricted']),
    archived: z.boolean(),
  })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'names nothing to change');

/** `GET /rooms/{room}/members`: in the order of user ids. */
export const member = z.object({
  userId: z.string(),
  name: z.string(),
  role,
  joinedAt: at,
  mutedUntil: at.optional(),
  /** In rooms of at most `limits.presenceMembers`. */
  online: z.boolean().optional(),
  /** Their read position, in the same rooms. */
  readSeq: z.number().int().min(0).optional(),
});
export const members = z.object({ members: z.array(member), next: cursor });

/**
 * `PUT /rooms/{room}/members/{user}` adds somebody, `me` joins: 201 with `member`, 200 if they are one already.
 * `DELETE` removes, `me` leaves: 204, again too. `PATCH` with this: the role (by the owner; `owner` hands the room over)
 * and the mute (by moderators; null ends it), milliseconds since the epoch.
 */
export const memberPatch = z
  .strictObject({ role, mutedUntil: at.positive().nullable() })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'names nothing to change');

/** `PUT /rooms/{room}/bans/{user}`: removed, and may not come back until then; without `until`, ever. 204. `DELETE` lifts it. */
export const newBan = z.strictObject({ until: at.positive().optional() });
/** `GET /rooms/{room}/bans`, by moderators. */
export const ban = z.object({
  userId: z.string(),
  name: z.string(),
  by: z.string(),
  at,
  until: at.optional(),
});
export const bans = z.object({ bans: z.array(ban), next: cursor });

/** Query of `GET /rooms/{room}/messages`: before or after a seq, or around one; the newest ones without any. */
export const historyQuery = z
  .object({
    before: z.coerce.number().int().positive().optional(),
    after: z.coerce.number().int().min(0).optional(),
    /** Half of the page before this seq, and half from it on. */
    around: z.coerce.number().int().positive().optional(),
    limit: z.coerce.number().int().min(1).max(limits.pageSize).default(limits.newestPageSize),
  })
  .refine(
    ({ before, after, around }) => [before, after, around].filter((seq) => seq !== undefined).length <= 1,
    'before, after and around exclude each other',
  );

/** Its answer, oldest first. `GET /rooms/{room}/messages/{seq}` answers with one `messageEvent`. */
export const history = z.object({ messages: z.array(messageEvent) });

/** `GET /rooms/{room}/search?text=…`: newest first. `next` goes on where this call stopped looking, found or not. */
export const searchQuery = z.object({
  text: z.string().trim().min(1).max(limits.searchLength),
  cursor,
});
export const found = z.object({ messages: z.array(messageEvent), next: cursor });

/** `POST /rooms/{room}/uploads`: 201 with the form that puts the file into S3, within ten minutes. */
export const newUpload = z.strictObject({
  name: fileName,
  type: z.enum(attachmentTypes),
  size: attachment.shape.size,
});
export const upload = z.object({
  id: attachment.shape.id,
  /** POST as multipart/form-data: these fields in any order, then `file`. */
  url: z.url(),
  fields: z.record(z.string(), z.string()),
});

/** `GET /rooms/{room}/messages/{seq}/attachments/{id}`: where the file is for some minutes. 404 once the message is deleted. */
export const download = z.object({ url: z.url(), expiresAt: at });

/** `GET /push`: the server's VAPID public key, for `pushManager.subscribe`. */
export const pushKey = z.object({ publicKey: z.string() });
/** `PUT /me/push`: a browser's push subscription, as `PushSubscription.toJSON()` gives it. 204. `DELETE /me/push` with its endpoint. */
export const pushSubscription = z.object({
  endpoint: z.url({ protocol: /^https$/ }).max(1_000),
  keys: z.object({
    /** Base64url: a point of P-256, uncompressed (65 bytes), and 16 bytes. */
    p256dh: z.string().regex(/^B[\w-]{86}$/, 'is not a key'),
    auth: z.string().regex(/^[\w-]{22}$/, 'is not a secret'),
  }),
});
export const pushEndpoint = z.strictObject({ endpoint: pushSubscription.shape.endpoint });

/**
 * `POST /rooms/{room}/webhooks`, by moderators, not in direct rooms: 201 with `webhook` and, this once, its `secret`. Each
 * new message of the room is posted to the URL, signed with the secret. `GET` lists them, `DELETE …/{id}` ends one,
 * `PUT …/{id}/enabled` takes up one that was disabled after failures. docs/webhooks.md is for those who receive.
 */
export const newWebhook = z.strictObject({ url: z.url({ protocol: /^https$/ }).max(1_000) });
export const webhook = z.object({
  id: z.string(),
  url: z.string(),
  createdBy: z.string(),
  createdAt: at,
  /** Messages in a row that it did not take, through every try. */
  failures: z.number().int().min(0),
  /** When they were too many, or it answered 410: nothing is posted to it any more. */
  disabledAt: at.optional(),
});
export const webhookWithSecret = webhook.extend({
  /** `whsec_` and the key in base64. */
  secret: z.string(),
});
export const webhooks = z.object({ webhooks: z.array(webhook) });

/** Of a path. */
export const webhookId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9-]+$/, 'is not the id of a webhook');

/** What is posted to a webhook (docs/webhooks.md). */
export const webhookPayload = z.object({
  type: z.literal('message.sent'),
  /** When the message was sent, ISO 8601. */
  timestamp: z.string(),
  data: z.object({
    /** The same for every try: who has it already, drops the copy. As in the header `webhook-id`. */
    delivery: z.string(),
    /** The webhook's id. */
    webhook: z.string(),
    room: z.string(),
    /** As it was sent: a later edit or deletion is not told. */
    message: messageEvent,
  }),
});

/** What the HTTP API answers with when it refuses (RFC 9457, `application/problem+json`). */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
});

export type HistoryQuery = z.infer<typeof historyQuery>;
export type Problem = z.infer<typeof problem>;
export type MyRoom = z.infer<typeof myRoom>;
export type NewRoom = z.infer<typeof newRoom>;
export type RoomPatch = z.infer<typeof roomPatch>;
export type MemberPatch = z.infer<typeof memberPatch>;
