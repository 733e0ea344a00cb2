import type { SubscribedRoom, SubscribeFrame } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import type { Members } from '#shared/storage/members.ts';
import type { Presences } from '#shared/storage/presence.ts';
import type { RoomView } from '#shared/storage/rooms.ts';
import { isSmall } from '../access/small-room.ts';

/** Who is online in the rooms of one answer: messages have the other half of it. */
const presentBytes = limits.responseBytes / 2;

type Brief = Pick<SubscribedRoom, 'present' | 'presentCut'>;

/** What an answer says of who is online, by room, and how many bytes of it that takes. */
export interface Present {
  rooms: Map<string, Brief>;
  bytes: number;
}

/**
 * Who is online in the small ones of the rooms that ask for it, each with at least the caller. Read after the
 * subscriptions are written, and consistently: who comes or goes later is told to them. Of rooms that do not fit in
 * the answer that is said, so that the client asks again; the first always fits.
 */
export async function readPresent(
  { rooms: asked }: SubscribeFrame,
  views: Map<string, RoomView>,
  caller: string,
  { members, presences }: { members: Members; presences: Presences },
  now: number,
): Promise<Present> {
  const small = asked.flatMap(({ room, present }) => {
    const view = views.get(room);
    return present && view && isSmall(view) ? [room] : [];
  });
  const people = await Promise.all(
    small.map(async (room) => {
      const { items } = await members.list(room, undefined, limits.presenceMembers);
      return { room, userIds: items.map(({ userId }) => userId) };
    }),
  );
  const everybody = new Set(people.flatMap(({ userIds }) => userIds));
  // Its connection is here, and the record of that may still be on its way.
  everybody.delete(caller);
  const online = (await presences.online([...everybody], now)).add(caller);

  let bytes = 0;
  const rooms = people.map(({ room, userIds }): [string, Brief] => {
    const present = userIds.filter((userId) => online.has(userId));
    const size = JSON.stringify(present).length;
    if (bytes + size > presentBytes) return [room, { presentCut: true }];
    bytes += size;
    return [room, { present }];
  });
  return { rooms: new Map(rooms), bytes };
}
