import { useRef } from 'react';

/**
 * Gives the focus back to where it was before a dialog, unless somebody has taken it meanwhile. Radix does so only for
 * dialogs with a trigger of their own. Call `opened` as the dialog opens, before it takes the focus.
 */
export function useFocusReturn(): { opened(): void; closed(event: Event): void } {
  const before = useRef<Element | null>(null);
  return {
    opened: () => {
      before.current = document.activeElement;
    },
    closed: (event) => {
      event.preventDefault();
      if (document.activeElement === document.body && before.current instanceof HTMLElement) {
        before.current.focus();
      }
    },
  };
}
