import type { PushedMessage } from '#shared/contract/push.ts';
import type { Message } from '#shared/storage/messages.ts';

/**
 * Characters of the text that a notification shows: screens show less. So the payload stays under 4 KB, of which push
 * services take no more, however it is written (RFC 8030, 7.2).
 */
const shownLength = 160;

/**
 * A message as a notification tells it.
 * @param names of people whom the text may mention, by their ids
 */
export function pushedMessageOf(
  message: Message,
  names: ReadonlyMap<string, string>,
  roomName: string | undefined,
): PushedMessage {
  const { roomId, seq, senderName } = message;
  return { room: roomId, ...(roomName && { roomName }), seq, from: senderName, text: textOf(message, names) };
}

function textOf({ text, attachments = [] }: Message, names: ReadonlyMap<string, string>): string {
  const line = text
    .replace(/<@([A-Za-z0-9-]{1,64})>/g, (_, user: string) => `@${names.get(user) ?? 'somebody'}`)
    // One line of what can be seen: nothing turns the text around, or pushes the rest out of sight.
    .replace(/[\s\p{Cc}\u200b\u202a-\u202e\u2060-\u2069\ufeff]+/gu, ' ')
    .trim();
  if (line === '') return attachments.length > 1 ? `sent ${attachments.length} files` : 'sent a file';
  const characters = [...line];
  if (characters.length <= shownLength) return line;
  return `${characters.slice(0, shownLength - 1).join('')}…`;
}
