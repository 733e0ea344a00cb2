import { useCallback, useState } from 'react';
import { useChat } from '../state/chat.ts';
import type { Draft } from './draft.ts';
import { saveDraft, savedDraft } from './saved-drafts.ts';

/** What one has written in a room and not sent: it outlives the room's being looked at, and the page. */
export function useDraft(room: string): [Draft, (draft: Draft) => void] {
  const { id } = useChat().me;
  const [draft, setDraft] = useState(() => savedDraft(id, room));
  const change = useCallback(
    (next: Draft) => {
      setDraft(next);
      saveDraft(id, room, next);
    },
    [id, room],
  );
  return [draft, change];
}
