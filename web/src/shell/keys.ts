const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** The key of shortcuts, as it is written on the keyboard at hand. */
export const controlKey = isApple ? '⌘' : 'Ctrl';
const altKey = isApple ? '⌥' : 'Alt';

/** What the keys do, for the help. Parts of the page that add keys add them here. */
export const shortcuts: readonly { keys: readonly string[]; does: string }[] = [
  { keys: [controlKey, 'K'], does: 'Find a room or a person' },
  { keys: [altKey, '↓'], does: 'Next room' },
  { keys: [altKey, '↑'], does: 'Previous room' },
  { keys: [altKey, 'Shift', '↓'], does: 'Next unread room' },
  { keys: [altKey, 'Shift', '↑'], does: 'Previous unread room' },
  { keys: [controlKey, ','], does: 'Settings' },
  { keys: ['Enter'], does: 'Send the message' },
  { keys: ['Shift', 'Enter'], does: 'New line' },
  { keys: ['↑'], does: 'Edit your last message, in an empty composer' },
  { keys: ['Esc'], does: 'Close what is open' },
  { keys: ['?'], does: 'These shortcuts' },
];

/** Whether a key press is meant as text. */
export function isTyping({ target }: Event): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
