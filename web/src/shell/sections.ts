import type { Me } from '../state/chat.ts';
import type { ListedRoom } from '../state/listed-room.ts';
import { roomTitle } from '../state/rooms.ts';

/** The list of rooms as it is shown. */
export interface Sections {
  /** By name: they stay where one looks for them, whatever is said in them. */
  rooms: ListedRoom[];
  /** The latest conversation first. */
  directs: ListedRoom[];
  archived: ListedRoom[];
}

export function sectionsOf(all: readonly ListedRoom[], me: Me): Sections {
  const byTitle = (a: ListedRoom, b: ListedRoom) =>
    collator.compare(roomTitle(a, me), roomTitle(b, me)) || collator.compare(a.room, b.room);
  const active = all.filter((room) => room.archivedAt === undefined);
  return {
    rooms: active.filter(({ kind }) => kind === 'room').sort(byTitle),
    directs: active
      .filter(({ kind }) => kind === 'direct')
      .sort((a, b) => activeAt(b) - activeAt(a) || byTitle(a, b)),
    archived: all.filter((room) => room.archivedAt !== undefined).sort(byTitle),
  };
}

/** In the order of the list, without the archived ones: what the keys go through. */
export function inOrder({ rooms, directs }: Sections): ListedRoom[] {
  return [...rooms, ...directs];
}

/** When something last happened in a room, in ms since the epoch. */
export function activeAt({ lastMessage, createdAt }: ListedRoom): number {
  return lastMessage?.at ?? createdAt;
}

/** Whether something waits for oneself: a mention, or anything in a direct room. */
export function callsForMe({ kind, unread, mentioned }: ListedRoom): boolean {
  return mentioned > 0 || (kind === 'direct' && unread > 0);
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
