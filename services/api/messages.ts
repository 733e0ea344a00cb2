import type * as z from 'zod';
import type { MessageEvent } from '#shared/contract/events.ts';
import type { HistoryQuery, history } from '#shared/contract/http.ts';
import { limits } from '#shared/contract/limits.ts';
import { type Messages, toEvent } from '#shared/storage/messages.ts';
import type { Rooms } from '#shared/storage/rooms.ts';
import { asMember } from './access.ts';
import { ApiError } from './problems.ts';

interface Collaborators {
  rooms: Rooms;
  messages: Messages;
}

/** @throws ApiError 403 to those who are not members, whether the room exists or not */
export async function readHistory(
  room: string,
  userId: string,
  { before, after, around, limit }: HistoryQuery,
  { rooms, messages }: Collaborators,
): Promise<z.infer<typeof history>> {
  await asMember(room, userId, rooms);
  if (after !== undefined) return { messages: (await messages.after(room, after, limit)).map(toEvent) };
  if (around === undefined) return { messages: (await messages.before(room, before, limit)).map(toEvent) };
  const half = Math.floor(limit / 2);
  const [older, newer] = await Promise.all([
    half > 0 ? messages.before(room, around, half) : [],
    messages.after(room, around - 1, limit - half),
  ]);
  return { messages: [...older, ...newer].map(toEvent) };
}

/** @throws ApiError 403, 404 */
export async function readMessage(
  room: string,
  seq: number,
  userId: string,
  { rooms, messages }: Collaborators,
): Promise<MessageEvent> {
  await asMember(room, userId, rooms);
  const message = await messages.read(room, seq);
  if (!message) throw new ApiError(404, 'No such message', `There is no message ${seq} in ${room}`);
  return toEvent(message);
}

/**
 * Looks through a room's messages, from the newest on, for those that hold the text, whatever the case. It reads them
 * (docs/decisions/search.md): a call looks through `limits.searchedMessages` at most, and says where it stopped.
 */
export async function search(
  room: string,
  userId: string,
  { text, before }: { text: string; before: number | undefined },
  { rooms, messages }: Collaborators,
): Promise<{ messages: MessageEvent[]; next?: number | undefined }> {
  await asMember(room, userId, rooms);
  const wanted = text.toLowerCase();
  const hits: MessageEvent[] = [];
  let from = before;
  for (let looked = 0; looked < limits.searchedMessages; looked += limits.pageSize) {
    const page = await messages.before(room, from, limits.pageSize);
    const oldest = page[0]?.seq;
    if (oldest === undefined) return { messages: hits };
    for (const message of page.toReversed()) {
      if (message.text.toLowerCase().includes(wanted)) hits.push(toEvent(message));
      // The next call goes on under this one.
      if (hits.length === limits.newestPageSize) return { messages: hits, next: message.seq };
    }
    if (page.length < limits.pageSize) return { messages: hits };
    from = oldest;
  }
  return { messages: hits, next: from };
}
