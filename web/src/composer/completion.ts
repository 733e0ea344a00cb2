import { limits } from '#shared/contract/limits.ts';
import type { Draft } from './draft.ts';

/** What is being typed that a list could complete: `@` and a beginning of a name, or `:` and one of an emoji's. */
export interface Query {
  readonly kind: 'person' | 'emoji';
  /** Of the `@` or `:`. It ends at the caret. */
  readonly start: number;
  /** Behind the `@` or `:`. */
  readonly text: string;
}

/** What the person is asking for at the caret, if anything. Nothing is completed inside of code. */
export function queryAt({ text, mentions }: Draft, caret: number): Query | undefined {
  const before = text.slice(0, caret);
  const query = personQuery(before) ?? emojiQuery(before);
  if (!query || insideCode(before.slice(0, query.start))) return undefined;
  const made = mentions.some(({ start, end }) => start <= query.start && query.start < end);
  return made ? undefined : query;
}

/** A name may hold spaces, so that the query ends only at the line's beginning. An address of mail is none. */
function personQuery(before: string): Query | undefined {
  const start = before.lastIndexOf('@');
  const text = before.slice(start + 1);
  if (start < 0 || text.length > limits.nameLength || /^\s|\n/.test(text)) return undefined;
  return /[\p{L}\p{N}._-]$/u.test(before.slice(0, start)) ? undefined : { kind: 'person', start, text };
}

/** From two letters on: `:)` and `10:30` are not meant. */
function emojiQuery(before: string): Query | undefined {
  const match = /(?:^|[\s(])(:([a-z0-9_+-]{2,30}))$/i.exec(before);
  const [, typed = '', text = ''] = match ?? [];
  return match ? { kind: 'emoji', start: before.length - typed.length, text } : undefined;
}

function insideCode(before: string): boolean {
  const parts = before.split('```');
  const line = parts.at(-1)?.split('\n').at(-1) ?? '';
  return parts.length % 2 === 0 || line.split('`').length % 2 === 0;
}

/** How many are offered. */
const offered = 8;

/**
 * The people whose name begins so, then those of whom a later word of the name does; otherwise in the order given.
 * Neither case nor accents count.
 */
export function matching<Person extends { name: string }>(
  text: string,
  people: readonly Person[],
): readonly Person[] {
  const wanted = folded(text);
  const first = people.filter(({ name }) => folded(name).startsWith(wanted));
  const second = people.filter(
    (person) => !first.includes(person) && folded(person.name).includes(` ${wanted}`),
  );
  return [...first, ...second].slice(0, offered);
}

/** For comparison: in small letters without accents. */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
