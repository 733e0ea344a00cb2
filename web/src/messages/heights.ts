import { shownSize } from './downloads.ts';
import type { Row } from './rows.ts';

/** Characters that fit a line, about. */
const lineLength = 95;

/** How high a row will be in pixels, about: where it is not known yet, the scroll bar goes by this. */
export function estimatedHeight(row: Row | undefined): number {
  if (!row) return 0;
  const { message, first, day, unread } = row;
  let height = (first ? 40 : 4) + (day ? 44 : 0) + (unread ? 32 : 0);
  let from = 0;
  // Not split into lines: it is called for each message of the room.
  do {
    const end = message.text.indexOf('\n', from);
    const length = (end < 0 ? message.text.length : end) - from;
    height += 22 * Math.max(1, Math.ceil(length / lineLength));
    from = end + 1;
  } while (from > 0);
  if ('reactions' in message && message.reactions?.length) height += 34;
  if (message.replyTo !== undefined) height += 24;
  for (const file of message.attachments ?? []) {
    height += file.type.startsWith('image/') ? shownSize(file, { width: 420, height: 320 }).height + 8 : 64;
  }
  return height;
}
