import { useMemo } from 'react';
import { useChat } from '../state/chat.ts';
import { useRooms } from '../state/rooms.ts';
import { type Sections, sectionsOf } from './sections.ts';

export function useSections(): Sections {
  const { me } = useChat();
  const { rooms } = useRooms();
  return useMemo(() => sectionsOf(rooms, me), [rooms, me]);
}
