import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** As near to the end as counts for being there: about a line and a half. */
const nearPx = 40;

/**
 * Keeps a list at its end while the person is there, and lets it alone while they read further up: `unseen` counts the
 * `items` that came since. A change of `jumps` goes to the end in any case. The list's only child holds the items.
 */
export function useStickToBottom(
  list: RefObject<HTMLElement | null>,
  items: readonly unknown[],
  jumps: number,
): { unseen: number; toBottom: () => void } {
  const stuck = useRef(true);
  const lastJump = useRef(jumps);
  const count = useRef(items.length);
  const heights = useRef('');
  const [seen, setSeen] = useState(items.length);

  /** Takes note of a new layout, and goes back to the end if that is where we were. */
  const settle = useCallback(() => {
    const element = list.current;
    if (!element) return;
    heights.current = heightsOf(element);
    if (stuck.current) element.scrollTo({ top: element.scrollHeight });
  }, [list]);

  const toBottom = useCallback(() => {
    stuck.current = true;
    settle();
  }, [settle]);

  // After each render, whatever it changed: our own pending messages make the list longer too.
  useLayoutEffect(() => {
    if (jumps !== lastJump.current) stuck.current = true;
    lastJump.current = jumps;
    count.current = items.length;
    settle();
    if (stuck.current) setSeen(items.length);
  });

  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const scrolled = () => {
      // A turned phone, its keyboard or a growing composer scroll the list as well: only a person unsticks it.
      if (heightsOf(element) !== heights.current) return settle();
      stuck.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx;
      if (stuck.current) setSeen(count.current);
    };
    const resized = new ResizeObserver(settle);
    resized.observe(element);
    if (element.firstElementChild) resized.observe(element.firstElementChild);
    element.addEventListener('scroll', scrolled, { passive: true });
    return () => {
      element.removeEventListener('scroll', scrolled);
      resized.disconnect();
    };
  }, [list, settle]);

  return { unseen: Math.max(0, items.length - seen), toBottom };
}

function heightsOf({ scrollHeight, clientHeight }: HTMLElement): string {
  return `${scrollHeight}/${clientHeight}`;
}
