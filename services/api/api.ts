import type { z } from 'zod';
import type { HistoryQuery, history, me, myRooms } from '#shared/contract/http.ts';
import type { Connections } from '#shared/storage/connections.ts';
import type { Documents } from '#shared/storage/documents.ts';
import { endMembership } from '#shared/storage/memberships.ts';
import { type Messages, toEvent } from '#shared/storage/messages.ts';
import type { People } from '#shared/storage/people.ts';
import type { Rooms } from '#shared/storage/rooms.ts';
import { ApiError } from './problems.ts';

export interface Collaborators {
  documents: Documents;
  people: People;
  rooms: Rooms;
  messages: Messages;
  connections: Connections;
}

export async function readMe(userId: string, { people }: Collaborators): Promise<z.infer<typeof me>> {
  const person = await people.read(userId);
  if (!person) throw new ApiError(404, 'Unknown person', 'Sign in once, and the profile exists');
  return { userId, name: person.name };
}

export async function readMyRooms(
  userId: string,
  { rooms }: Collaborators,
): Promise<z.infer<typeof myRooms>> {
  const memberships = await rooms.listMemberships(userId);
  return { rooms: memberships.map(({ roomId, role, readSeq }) => ({ room: roomId, role, readSeq })) };
}

/** @throws ApiError 403 to those who are not members, whether the room exists or not */
export async function readHistory(
  room: string,
  userId: string,
  { before, after, limit }: HistoryQuery,
  { rooms, messages }: Collaborators,
): Promise<z.infer<typeof history>> {
  if (!(await rooms.readMember(room, userId)))
    throw new ApiError(403, 'Not a member', `Not a member of ${room}`);
  const page =
    after === undefined
      ? await messages.before(room, before, limit)
      : await messages.after(room, after, limit);
  return { messages: page.map(toEvent) };
}

/** Leaving a room that one is not in is no error: the outcome is the same. */
export async function leave(room: string, userId: string, collaborators: Collaborators): Promise<void> {
  await endMembership(room, userId, collaborators);
}
