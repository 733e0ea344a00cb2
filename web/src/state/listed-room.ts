import type { MyRoom, Room } from '#client';
import { limits } from '#shared/contract/limits.ts';

/** A room as the list of rooms shows it. */
export interface ListedRoom extends MyRoom {
  /** Unread messages that mention one. Of messages that are not loaded, nothing is known. */
  mentioned: number;
  /** Of a direct room: whether somebody else is there. */
  online?: boolean;
}

/** What the API said of a room, with what its live handle knows since. */
export function listed(info: MyRoom, room: Room | undefined, meId: string): ListedRoom {
  if (!room || room.state === 'loading' || room.state === 'closed') return { ...info, mentioned: 0 };
  const readSeq = Math.max(info.readSeq, room.readSeq);
  const last = room.messages.at(-1);
  const lastSeq = Math.max(info.lastSeq, last?.seq ?? 0);
  const news = after(readSeq, room.messages).filter(
    ({ sender, deletedAt }) => sender !== meId && deletedAt === undefined,
  );
  const first = room.messages[0]?.seq ?? 0;
  // Where not all that is unread is loaded, the numbers between are the best guess.
  const complete = first <= readSeq + 1 || room.messages.length < limits.newestPageSize;
  const unread = complete ? news.length : lastSeq - readSeq;
  return {
    ...info,
    readSeq,
    lastSeq,
    unread,
    ...(last && { lastMessage: last }),
    mentioned: news.filter(({ mentions }) => mentions?.includes(meId)).length,
    ...(info.kind === 'direct' && { online: [...room.online].some((userId) => userId !== meId) }),
  };
}

/** The last messages, from the first one after `seq` on. Asked at every change of a room that may hold thousands. */
function after(seq: number, messages: Room['messages']): Room['messages'] {
  return messages.slice(messages.findLastIndex((message) => message.seq <= seq) + 1);
}
