import { randomBytes, randomUUID } from 'node:crypto';
import type * as z from 'zod';
import type { newWebhook, webhooks as webhookList, webhookWithSecret } from '#shared/contract/http.ts';
import { limits } from '#shared/contract/limits.ts';
import { namesAddressThatIsNotPublic } from '#shared/net/public-address.ts';
import type { Rooms } from '#shared/storage/rooms.ts';
import type { Webhook, Webhooks } from '#shared/storage/webhooks.ts';
import { asModerator, conflict } from './access.ts';
import { ApiError } from './problems.ts';

export interface Collaborators {
  rooms: Rooms;
  webhooks: Webhooks;
}

type Listed = z.infer<typeof webhookList>['webhooks'][number];

/** A room's webhooks, for its moderators. @throws ApiError 403 */
export async function listWebhooks(
  roomId: string,
  userId: string,
  { rooms, webhooks }: Collaborators,
): Promise<z.infer<typeof webhookList>> {
  await asModerator(roomId, userId, rooms);
  return { webhooks: (await webhooks.list(roomId)).map(listed) };
}

/**
 * Has the room's messages posted to a URL. Nobody is told the secret again. A direct room has no moderators, and so no
 * webhooks: none of its people may give away what the others say.
 * @throws ApiError 400 (the URL names an address that is not public), 403, 409 (archived, or too many)
 */
export async function addWebhook(
  roomId: string,
  { url }: z.infer<typeof newWebhook>,
  userId: string,
  { rooms, webhooks }: Collaborators,
  now: number,
): Promise<z.infer<typeof webhookWithSecret>> {
  const { room } = await asModerator(roomId, userId, rooms);
  if (room.archivedAt !== undefined) throw conflict('The room is archived: there will be no messages');
  // What a name leads to is known when it is posted to, and may be another thing each time: then it is looked at.
  if (namesAddressThatIsNotPublic(url)) {
    throw new ApiError(400, 'Invalid request', 'url: names an address that is not public');
  }
  const webhook = {
    roomId,
    id: randomUUID(),
    url,
    // As Standard Webhooks wants it: 24 to 64 random bytes.
    secret: `whsec_${randomBytes(32).toString('base64')}`,
    createdBy: userId,
    createdAt: now,
  };
  if (!(await webhooks.add(webhook))) throw conflict(`A room has at most ${limits.webhooks} webhooks`);
  return { ...listed({ ...webhook, failures: 0 }), secret: webhook.secret };
}

/** Again is no error. @throws ApiError 403 */
export async function removeWebhook(
  roomId: string,
  id: string,
  userId: string,
  { rooms, webhooks }: Collaborators,
): Promise<void> {
  await asModerator(roomId, userId, rooms);
  await webhooks.remove(roomId, id);
}

/** Takes up one that was disabled. Again is no error. @throws ApiError 403, 404, 409 (archived) */
export async function enableWebhook(
  roomId: string,
  id: string,
  userId: string,
  { rooms, webhooks }: Collaborators,
): Promise<Listed> {
  const { room } = await asModerator(roomId, userId, rooms);
  if (room.archivedAt !== undefined) throw conflict('The room is archived: there will be no messages');
  await webhooks.enable(roomId, id);
  const webhook = await webhooks.read(roomId, id);
  if (!webhook) throw new ApiError(404, 'No such webhook', `${roomId} has no webhook ${id}`);
  return listed(webhook);
}

function listed({ id, url, createdBy, createdAt, failures, disabledAt }: Webhook): Listed {
  return { id, url, createdBy, createdAt, failures, disabledAt };
}
