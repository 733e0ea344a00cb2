import type { Members } from '#shared/storage/members.ts';
import type { People } from '#shared/storage/people.ts';
import type { Rooms } from '#shared/storage/rooms.ts';
import { asRead } from '../access/as-read.ts';

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

/**
 * Notes a person's sign-in: the profile exists from the first one on, and so does the membership of `general`, unless
 * they are banned from it. A sign-in of somebody who is a member writes nothing but the profile, so that thousands who
 * come back at once do not meet at the room's rows.
 */
export async function welcome(
  { userId, name }: { userId: string; name: string },
  { people, rooms, members }: { people: People; rooms: Rooms; members: Members },
  now: number,
): Promise<void> {
  const person = await people.signIn(userId, displayable(name), now);
  let view = await generalOf(userId, rooms);
  if (view.member) return;
  if (!view.room) {
    await rooms.create(general, now);
    view = await generalOf(userId, rooms);
  }
  if (!view.room) throw new Error(`${general.roomId} was made, and is not there`);
  const joining = { userId, name: person.name, role: 'member' } as const;
  await members.add(general.roomId, joining, asRead({ ...view, room: view.room }, now), now);
}

async function generalOf(userId: string, rooms: Rooms) {
  const view = (await rooms.readForSubscribe([general.roomId], userId)).get(general.roomId);
  if (!view) throw new Error(`${general.roomId} was not read`);
  return view;
}
