import type { People } from '#shared/storage/people.ts';
import type { Rooms } from '#shared/storage/rooms.ts';

/** The room that everybody is in. */
const general = { roomId: 'general', name: 'General', visibility: 'public', mode: 'open' } as const;

/** Longer names are cut: they are copied onto every message. */
const nameLength = 64;

/** What a frame may hold: a cut must not leave half a character, and SQS refuses the noncharacters. */
function displayable(name: string): string {
  return name
    .slice(0, nameLength)
    .toWellFormed()
    .replaceAll(/[\ufffe\uffff]/g, '');
}

/** Notes a person's sign-in: the profile exists from the first one on, and so does the membership of `general`. */
export async function welcome(
  { userId, name }: { userId: string; name: string },
  { people, rooms }: { people: People; rooms: Rooms },
  now: number,
): Promise<void> {
  const person = await people.signIn(userId, displayable(name), now);
  await rooms.create(general, now);
  await rooms.addMember(general.roomId, { userId, name: person.name }, now);
}
