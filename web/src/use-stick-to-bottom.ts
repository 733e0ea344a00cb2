import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** As near to the end as counts for being there: about a line and a half. */
const nearPx = 40;

/**
 * Keeps a list at its end while the person is there, and lets it alone while they read further up: `unseen` counts the
 * `items` that came since. A change of `jumps` goes to the end in any case.
 */
export function useStickToBottom(
  list: RefObject<HTMLElement | null>,
  items: readonly unknown[],
  jumps: number,
) {
  const stuck = useRef(true);
  const lastJump = useRef(jumps);
  const count = useRef(items.length);
  const [seen, setSeen] = useState(items.length);

  const toBottom = useCallback(() => {
    stuck.current = true;
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [list]);

  // After each render, whatever it changed: also our own pending messages make the list longer.
  useLayoutEffect(() => {
    if (jumps !== lastJump.current) stuck.current = true;
    lastJump.current = jumps;
    count.current = items.length;
    if (!stuck.current) return;
    toBottom();
    setSeen(items.length);
  });

  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const scrolled = () => {
      stuck.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx;
      if (stuck.current) setSeen(count.current);
    };
    element.addEventListener('scroll', scrolled, { passive: true });
    // A growing composer or a phone's keyboard takes height from the list.
    const resized = new ResizeObserver(() => {
      if (stuck.current) toBottom();
    });
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', scrolled);
      resized.disconnect();
    };
  }, [list, toBottom]);

  return { unseen: Math.max(0, items.length - seen), toBottom };
}
