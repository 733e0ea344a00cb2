import { useEffect, useState } from 'react';

/** How long typing rests before it is searched for. */
const restMs = 150;

export interface Found<Result> {
  /** Of the last search that was answered, so that the list does not flicker while one types. */
  results: readonly Result[];
  state: 'idle' | 'searching' | 'done' | 'failed';
  error?: unknown;
}

/**
 * Searches as one types. `search` is to be the same function from one rendering to the next; an empty text is not
 * searched for, unless `withEmpty`.
 */
export function useSearch<Result>(
  text: string,
  search: (text: string, signal: AbortSignal) => Promise<readonly Result[]>,
  { withEmpty = false }: { withEmpty?: boolean } = {},
): Found<Result> {
  const [found, setFound] = useState<Found<Result>>({ results: [], state: withEmpty ? 'searching' : 'idle' });
  const wanted = text.trim();

  useEffect(() => {
    if (wanted === '' && !withEmpty) return setFound({ results: [], state: 'idle' });
    const abort = new AbortController();
    setFound(({ results }) => ({ results, state: 'searching' }));
    const timer = setTimeout(
      async () => {
        try {
          const results = await search(wanted, abort.signal);
          if (!abort.signal.aborted) setFound({ results, state: 'done' });
        } catch (error) {
          if (!abort.signal.aborted) setFound({ results: [], state: 'failed', error });
        }
      },
      wanted === '' ? 0 : restMs,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [wanted, search, withEmpty]);
  return found;
}
