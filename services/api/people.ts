import type * as z from 'zod';
import type { me, people as peopleAnswer, peopleQuery } from '#shared/contract/http.ts';
import type { People } from '#shared/storage/people.ts';
import { ApiError } from './problems.ts';

interface Collaborators {
  people: People;
}

/** How many people a search by name finds at most. */
const found = 20;

/** @throws ApiError 404 before the first sign-in was noted */
export async function readMe(userId: string, { people }: Collaborators): Promise<z.infer<typeof me>> {
  const person = await people.read(userId);
  if (!person) throw new ApiError(404, 'Unknown person', 'Sign in once, and the profile exists');
  return { userId, name: person.name };
}

/** @throws ApiError 404 before the first sign-in was noted */
export async function rename(
  userId: string,
  name: string,
  collaborators: Collaborators,
): Promise<z.infer<typeof me>> {
  await readMe(userId, collaborators);
  await collaborators.people.rename(userId, name);
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
