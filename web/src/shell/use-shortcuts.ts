import { useEffect } from 'react';
import type { ListedRoom } from '../state/listed-room.ts';
import { goTo, parseRoute } from '../state/route.ts';
import type { OpenDialog } from './dialog-names.ts';
import { isTyping } from './keys.ts';
import { inOrder } from './sections.ts';
import { useSections } from './use-sections.ts';

/** The keys that work everywhere in the page; `shortcuts` in keys.ts tells people of them. */
export function useShortcuts(onOpen: OpenDialog): void {
  const sections = useSections();

  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const control = event.ctrlKey || event.metaKey;
      // A dialog is modal: only the switcher, which is the way from anywhere to anywhere, opens over one.
      const isModal = document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;
      if (control && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        onOpen('switcher');
      } else if (isModal) {
        return;
      } else if (control && event.key === ',') {
        event.preventDefault();
        onOpen('settings');
      } else if (event.altKey && !control && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
        event.preventDefault();
        // As the address is now: keys come faster than the page is drawn.
        const { room } = parseRoute(location.hash);
        const next = neighbour(inOrder(sections), room, event.key === 'ArrowDown' ? 1 : -1, event.shiftKey);
        if (next) goTo(next.room);
      } else if (event.key === '?' && !control && !event.altKey && !isTyping(event)) {
        event.preventDefault();
        onOpen('shortcuts');
      }
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [onOpen, sections]);
}

/** The room before or after the one that is shown, around the list's ends; with `unread`, the next one to read. */
export function neighbour(
  rooms: readonly ListedRoom[],
  current: string | undefined,
  step: 1 | -1,
  unread: boolean,
): ListedRoom | undefined {
  const from = rooms.findIndex(({ room }) => room === current);
  const start = from === -1 && step === -1 ? 0 : from;
  for (let i = 1; i <= rooms.length; i++) {
    const next = rooms[(start + step * i + rooms.length * 2) % rooms.length];
    if (next && next.room !== current && (!unread || next.unread > 0)) return next;
  }
  return undefined;
}
