import { useEffect } from 'react';
import { useChat } from '../state/chat.ts';
import { roomTitle, useMyRoom, useRooms } from '../state/rooms.ts';

/** The window's title: `(3) General – Fanfare`, with how many messages are unread. */
export function useTitle(current: string | undefined): void {
  const { me } = useChat();
  const { rooms } = useRooms();
  const info = useMyRoom(current ?? '');
  const unread = rooms.reduce((sum, room) => sum + (room.archivedAt === undefined ? room.unread : 0), 0);
  const name = info && roomTitle(info, me);

  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread > 99 ? '99+' : unread}) ` : ''}${name ? `${name} – ` : ''}Fanfare`;
    return () => {
      document.title = 'Fanfare';
    };
  }, [unread, name]);
}
