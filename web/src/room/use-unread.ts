import { useCallback, useEffect, useState } from 'react';
import type { Room } from '#client';

/** Where what is new begins, as long as one looks at the room: it does not move on as one reads. */
export interface Unread {
  /** What comes after it is new; undefined where nothing was. */
  after: number | undefined;
  /** About how many messages that were when it began. */
  count: number;
}

const nothing: Unread = { after: undefined, count: 0 };

/**
 * What was new when one came to the room, or came while one looked elsewhere. `loaded`: the first page is there, and
 * with it how far one has read.
 */
export function useUnread(room: Room, meId: string, loaded: boolean): { unread: Unread; clear(): void } {
  const [unread, setUnread] = useState<Unread>(nothing);
  const [opened, setOpened] = useState(false);
  if (loaded && !opened) {
    setOpened(true);
    const found = unreadOf(room, meId);
    if (found.after !== undefined) setUnread(found);
  }
  useEffect(
    () =>
      room.on('message', ({ seq, sender }) => {
        if (sender === meId || isLookedAt()) return;
        // The first that comes unseen; what follows is new as well.
        setUnread((before) => {
          const seen = before.after === undefined || before.after + before.count <= room.readSeq;
          return seen && room.readSeq < seq ? { after: room.readSeq, count: 1 } : before;
        });
      }),
    [room, meId],
  );
  return { unread, clear: useCallback(() => setUnread(nothing), []) };
}

function unreadOf(room: Room, meId: string): Unread {
  const { messages, readSeq } = room;
  const last = messages.at(-1)?.seq ?? 0;
  const first = messages[0]?.seq ?? 0;
  const news = messages.filter(({ seq, sender }) => seq > readSeq && sender !== meId);
  if (news.length === 0) return nothing;
  // Where not all of it is loaded, the numbers between are the best guess.
  const count = first <= readSeq + 1 ? news.length : last - readSeq;
  return { after: readSeq, count };
}

/** The page is in sight, and what is done on the keyboard is done here. */
export function isLookedAt(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}
