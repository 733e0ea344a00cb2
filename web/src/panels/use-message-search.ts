import { useCallback, useEffect, useRef, useState } from 'react';
import type { Message } from '#client';
import { useChat } from '../state/chat.ts';

/** Milliseconds without a key press after which a search is made. */
const pauseMs = 300;

interface SearchState {
  /** What `hits` were found for; undefined before the first answer. */
  asked?: string;
  /** Newest first. */
  hits: readonly Message[];
  /** Each looked through as many messages as `limits.searchedMessages`, or found a page full. */
  calls: number;
  /** All of the room was looked through. */
  complete: boolean;
  busy: boolean;
  error?: unknown;
}

const nothing: SearchState = { hits: [], calls: 0, complete: false, busy: false };

/** A search of a room as its text is typed: `more` goes on further back, `again` repeats what failed. */
export function useMessageSearch(room: string, text: string) {
  const { api } = useChat().client;
  const [state, setState] = useState(nothing);
  const asking = useRef(new AbortController());
  const cursor = useRef<string>(undefined);
  const wanted = text.trim();

  const ask = useCallback(
    async (from: string | undefined) => {
      const { signal } = asking.current;
      setState(({ error: _, ...before }) => ({ ...before, busy: true }));
      try {
        const { messages, next } = await api.search(room, { text: wanted, cursor: from }, signal);
        if (signal.aborted) return;
        cursor.current = next;
        setState((before) => ({
          asked: wanted,
          hits: from === undefined ? messages : [...before.hits, ...messages],
          calls: from === undefined ? 1 : before.calls + 1,
          complete: next === undefined,
          busy: false,
        }));
      } catch (error) {
        if (!signal.aborted) setState((before) => ({ ...before, busy: false, error }));
      }
    },
    [api, room, wanted],
  );

  useEffect(() => {
    cursor.current = undefined;
    if (wanted === '') return setState(nothing);
    const mine = new AbortController();
    asking.current = mine;
    const timer = setTimeout(() => void ask(undefined), pauseMs);
    return () => {
      clearTimeout(timer);
      mine.abort();
    };
  }, [ask, wanted]);

  return { state, more: () => void ask(cursor.current), again: () => void ask(cursor.current) };
}
