import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { useChat } from '../state/chat.ts';
import { draftOf } from './draft.ts';

/** A message's text with the names of whom it mentions. */
export function usePlainText(text: string): string {
  const { names } = useChat();
  useEffect(() => {
    for (const [, userId] of text.matchAll(/<@([A-Za-z0-9-]{1,64})>/g)) if (userId) names.want(userId);
  }, [names, text]);
  const read = useCallback(() => draftOf(text, (userId) => names.get(userId)).text, [names, text]);
  return useSyncExternalStore(names.subscribe, read);
}
