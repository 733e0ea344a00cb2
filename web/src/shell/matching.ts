import type { Me } from '../state/chat.ts';
import type { ListedRoom } from '../state/listed-room.ts';
import { roomTitle } from '../state/rooms.ts';
import { activeAt, callsForMe } from './sections.ts';

/** What the switcher offers at most. */
const most = 12;

/**
 * One's rooms that a text may mean, the likeliest first: names that begin so before names with a word that does, and
 * those before any that hold it. Without a text, what is unread and what was used last.
 */
export function matching(rooms: readonly ListedRoom[], text: string, me: Me): ListedRoom[] {
  const wanted = folded(text.trim());
  return rooms
    .map((room) => ({
      room,
      rank: wanted === '' ? idleRank(room) : rankOf(folded(roomTitle(room, me)), wanted),
    }))
    .filter(({ rank }) => rank < none)
    .sort((a, b) => a.rank - b.rank || activeAt(b.room) - activeAt(a.room))
    .slice(0, most)
    .map(({ room }) => room);
}

const none = 9;

function rankOf(title: string, wanted: string): number {
  if (title.startsWith(wanted)) return 0;
  if (title.split(/[\s,._-]+/).some((word) => word.startsWith(wanted))) return 1;
  return title.includes(wanted) ? 2 : none;
}

function idleRank(room: ListedRoom): number {
  return callsForMe(room) ? 0 : room.unread > 0 ? 1 : room.archivedAt === undefined ? 2 : none;
}

/** Without case and accents: `jose` finds `José`. */
function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();
}
