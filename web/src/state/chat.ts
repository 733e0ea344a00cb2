import { createContext, useContext } from 'react';
import type { FanfareClient } from '#client';
import type { NamesStore } from './names.ts';
import type { RoomsStore } from './rooms.ts';

/** The person at this page. */
export interface Me {
  id: string;
  name: string;
}

/** One chat of one signed-in person. */
export interface Chat {
  client: FanfareClient;
  me: Me;
  rooms: RoomsStore;
  names: NamesStore;
  /** Changes one's display name. Rejects with an `ApiError`. */
  rename(name: string): Promise<void>;
}

export const ChatContext = createContext<Chat | undefined>(undefined);

export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (!chat) throw new Error('useChat is for what is shown within a chat');
  return chat;
}
