import type { Attachment } from '#shared/contract/attachments.ts';
import { limits } from '#shared/contract/limits.ts';

/** Characters left at which people are told. */
const toldFrom = 300;

/** How much more a message may hold, in words for people where it matters. */
export function roomLeft(text: string, attachments: readonly Attachment[]): { over: boolean; note?: string } {
  const left = limits.textLength - text.length;
  if (left < 0) return { over: true, note: `${counted(-left)} too many` };
  // Only a long text in some scripts, with many long file names, is too large in bytes before it is too long.
  const content = JSON.stringify([text, attachments.length > 0 ? attachments : undefined]);
  if (new TextEncoder().encode(content).length > limits.contentBytes) {
    return { over: true, note: 'Too long with so many files' };
  }
  return { over: false, ...(left <= toldFrom && { note: `${counted(left)} left` }) };
}

function counted(characters: number): string {
  return characters === 1 ? '1 character' : `${characters} characters`;
}
