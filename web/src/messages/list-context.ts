import { createContext, useContext } from 'react';
import type { Message, Room } from '#client';
import type { Me } from '../state/chat.ts';
import type { Quotes } from './quotes.ts';

/** What may be done with a room's messages, and by what. The same object as long as nothing of it changes. */
export interface MessageList {
  room: Room;
  me: Me;
  quotes: Quotes;
  /** Whether one may write here, and whether one may delete what others wrote. */
  may: { write: boolean; moderate: boolean; change: boolean };
  react(message: Message, emoji: string, on: boolean): void;
  reply(message: Message): void;
  edit(message: Message | undefined): void;
  /** Asks first. */
  delete(message: Message): void;
  copyText(message: Message): void;
  copyLink(message: Message): void;
  jumpTo(seq: number): void;
  /** Opens and closes the choice of all emoji at a row. */
  pick(key: string | undefined): void;
}

export const MessageListContext = createContext<MessageList | undefined>(undefined);

export function useMessageList(): MessageList {
  const list = useContext(MessageListContext);
  if (!list) throw new Error('useMessageList is for what is shown within a list of messages');
  return list;
}
