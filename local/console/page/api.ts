import { useCallback, useEffect, useRef, useState } from 'react';

/** What an address answered last, and what is wrong with it now. */
export interface Polled<T> {
  data: T | undefined;
  problem: string | undefined;
  /** Asks at once. */
  refresh(): void;
}

/** Gets `address` of the console's API now and every so many milliseconds; not while the page is hidden. */
export function usePoll<T>(address: string, everyMs: number): Polled<T> {
  const [state, setState] = useState<{ address: string; data?: T; problem?: string }>({ address });
  const ask = useRef(() => {});

  useEffect(() => {
    const ending = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let underWay = false;
    const next = async () => {
      clearTimeout(timer);
      if (underWay || document.hidden) return;
      underWay = true;
      try {
        const data = await getJson<T>(address, ending.signal);
        setState({ address, data });
      } catch (error) {
        if (ending.signal.aborted) return;
        const problem = error instanceof Error ? error.message : String(error);
        setState((last) => ({ ...(last.address === address ? last : {}), address, problem }));
      } finally {
        underWay = false;
      }
      if (!ending.signal.aborted) timer = setTimeout(next, everyMs);
    };
    ask.current = () => void next();
    void next();
    document.addEventListener('visibilitychange', next);
    return () => {
      ending.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', next);
    };
  }, [address, everyMs]);

  const isCurrent = state.address === address;
  const refresh = useCallback(() => ask.current(), []);
  return {
    data: isCurrent ? state.data : undefined,
    problem: isCurrent ? state.problem : undefined,
    refresh,
  };
}

/** @throws Error with the API's message */
export async function getJson<T>(address: string, signal?: AbortSignal): Promise<T> {
  return await answerOf<T>(fetch(`api/${address}`, signal ? { signal } : {}));
}

/** @throws Error with the API's message */
export async function postJson<T>(address: string, body: unknown): Promise<T> {
  return await answerOf<T>(fetch(`api/${address}`, { method: 'POST', body: JSON.stringify(body) }));
}

async function answerOf<T>(asked: Promise<Response>): Promise<T> {
  const response = await asked.catch((error: unknown) => {
    if (error instanceof TypeError) throw new Error('The local cloud does not answer: is it running?');
    throw error;
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}
