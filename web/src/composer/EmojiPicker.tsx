import Picker from 'emoji-picker-element/picker.js';
import { useEffect, useRef } from 'react';
import { emojiData } from './emoji.ts';

/** All emoji, with a search. To be loaded when it is first opened: it is larger than the rest of a room. */
export default function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(onPick);
  latest.current = onPick;

  useEffect(() => {
    // Emoji of later versions show as boxes on systems of the last years. Without it, the picker draws each to find out.
    const picker = new Picker({ ...emojiData, emojiVersion: 15 });
    picker.addEventListener('emoji-click', ({ detail }) => {
      if (detail.unicode) latest.current(detail.unicode);
    });
    place.current?.append(picker);
    // Its search field is there once it has drawn itself.
    const drawn = new MutationObserver(() => {
      const field = picker.shadowRoot?.querySelector('input');
      if (!field) return;
      drawn.disconnect();
      field.focus();
    });
    if (picker.shadowRoot) drawn.observe(picker.shadowRoot, { childList: true, subtree: true });
    return () => {
      drawn.disconnect();
      picker.remove();
    };
  }, []);

  return <div className="emoji-picker" ref={place} />;
}
