import pLimit from 'p-limit';
import type * as z from 'zod';
import type { me, people as peopleAnswer, peopleQuery } from '#shared/contract/http.ts';
import type { Members } from '#shared/storage/members.ts';
import type { People } from '#shared/storage/people.ts';
import type { Rooms } from '#shared/storage/rooms.ts';
import { asRead } from '../access/as-read.ts';
import { viewsOf } from './access.ts';
import { ApiError } from './problems.ts';

interface Collaborators {
  people: People;
}

interface RenameCollaborators extends Collaborators {
  rooms: Rooms;
  members: Members;
}

/** Rooms in which a name is changed at once. */
const roomsAtOnce = 16;

/** How many people a search by name finds at most. */
const found = 20;

/** @throws ApiError 404 before the first sign-in was noted */
export async function readMe(userId: string, { people }: Collaborators): Promise<z.infer<typeof me>> {
  const person = await people.read(userId);
  if (!person) throw new ApiError(404, 'Unknown person', 'Sign in once, and the profile exists');
  return { userId, name: person.name };
}

/**
 * Gives a person another name, in their profile and in each of their rooms: what they say from then on carries it. What
 * was said before keeps the name that it was said under. A call that fails half-way is made good by another one.
 * @throws ApiError 404 before the first sign-in was noted
 */
export async function rename(
  userId: string,
  name: string,
  { people, rooms, members }: RenameCollaborators,
  now: number,
): Promise<z.infer<typeof me>> {
  await readMe(userId, { people });
  await people.rename(userId, name);
  const memberships = await rooms.listMemberships(userId);
  const views = await viewsOf(
    memberships.map(({ roomId }) => roomId),
    userId,
    rooms,
  );
  await pLimit(roomsAtOnce).map(views, async ({ room, ...view }) => {
    if (room) await members.rename(room.roomId, userId, name, asRead({ ...view, room }, now), now);
  });
  return { userId, name };
}

/** People by the beginning of their names, or those with these ids that exist. */
export async function findPeople(
  query: z.infer<typeof peopleQuery>,
  { people }: Collaborators,
): Promise<z.infer<typeof peopleAnswer>> {
  const persons = 'ids' in query ? await people.readMany(query.ids) : await people.find(query.name, found);
  return { people: persons.map(({ userId, name }) => ({ userId, name })) };
}
