import { expect, it } from 'vitest';
import type { Message, PendingMessage } from '#client';
import { indexOfSeq, rowsOf } from './rows.ts';

const me = { id: 'me', name: 'Me' };
const noon = new Date(2026, 4, 20, 12).getTime();
const minute = 60_000;

function message(seq: number, sender: string, at = noon): Message {
  const said = { sender, senderName: sender, text: `${seq}` };
  return { type: 'message', seq, version: 1, id: `id-${seq}`, at, ...said };
}

function pending(id: string, at = noon): PendingMessage {
  return { id, text: id, at, state: 'sending' };
}

/** Each row as its text, with `|` before a new day, `>` where a turn begins, and `*` where the new ones begin. */
function shape(messages: Message[], more: { pending?: PendingMessage[]; unreadAfter?: number } = {}): string {
  const rows = rowsOf({ messages, pending: [], me, ...more });
  return rows
    .map((row) => `${row.day ? '|' : ''}${row.unread ? '*' : ''}${row.first ? '>' : ''}${row.message.text}`)
    .join(' ');
}

it('groups what one person says in a row', () => {
  const said = [message(1, 'ann'), message(2, 'ann', noon + minute), message(3, 'bob', noon + minute)];
  expect(shape([...said, message(4, 'ann', noon + 2 * minute)])).toBe('|>1 2 >3 >4');
});

it('begins anew after five minutes, and with an answer', () => {
  expect(shape([message(1, 'ann'), message(2, 'ann', noon + 5 * minute)])).toBe('|>1 >2');
  expect(shape([message(1, 'ann'), { ...message(2, 'ann'), replyTo: 1 }])).toBe('|>1 >2');
});

it('begins a day at local midnight', () => {
  const midnight = new Date(2026, 4, 21).getTime();
  expect(shape([message(1, 'ann', midnight - 1), message(2, 'ann', midnight)])).toBe('|>1 |>2');
});

it('marks the first new message of somebody else', () => {
  const messages = [message(1, 'ann'), message(2, 'me'), message(3, 'ann'), message(4, 'ann')];
  expect(shape(messages, { unreadAfter: 1 })).toBe('|>1 >2 *>3 4');
  expect(shape(messages, { unreadAfter: 4 })).toBe('|>1 >2 >3 4');
});

it('puts what is not sent yet last, under one’s own name', () => {
  expect(shape([message(1, 'me')], { pending: [pending('two', noon + 1)] })).toBe('|>1 two');
});

it('keeps a key from the pending message to the room’s, and no key twice', () => {
  const key = (messages: Message[], waiting: PendingMessage[] = []) =>
    rowsOf({ messages, pending: waiting, me }).map((row) => row.key);
  expect(key([message(1, 'me')])).toEqual(key([], [pending('id-1')]));
  expect(new Set(key([message(1, 'me'), { ...message(2, 'me'), id: 'id-1' }])).size).toBe(2);
});

it('keeps the rows that show the same', () => {
  const messages = [message(1, 'ann'), message(2, 'bob')];
  const before = rowsOf({ messages, pending: [], me });
  const after = rowsOf({ messages: [message(0, 'bob'), ...messages], pending: [], me });
  expect(after[2]).toBe(before[1]);
  expect(after[1]).not.toBe(before[0]);
});

it('finds a message by its seq, or the next one', () => {
  const rows = rowsOf({ messages: [message(2, 'a'), message(5, 'a')], pending: [pending('p')], me });
  expect([1, 2, 3, 5, 6].map((seq) => indexOfSeq(rows, seq))).toEqual([0, 0, 1, 1, 2]);
});
