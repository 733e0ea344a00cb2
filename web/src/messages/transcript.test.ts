import { expect, it } from 'vitest';
import type { Message, PendingMessage } from '#client';
import { transcript } from './transcript.ts';

const me = { id: 'me', name: 'Me' };
const noon = new Date(2026, 4, 20, 12).getTime();
const minute = 60_000;

function message(seq: number, sender: string, at: number): Message {
  return {
    type: 'message',
    seq,
    version: 1,
    id: `id-${seq}`,
    sender,
    senderName: sender,
    text: `${seq}`,
    at,
  };
}

function pending(id: string, at: number): PendingMessage {
  return { id, text: id, at, state: 'sending' };
}

/** Per day, per turn: the sender and the texts. */
function shape(messages: Message[], waiting: PendingMessage[] = []) {
  return transcript(messages, waiting, me).map(({ turns }) =>
    turns.map(({ sender, lines }) => `${sender}: ${lines.map(({ text }) => text).join(' ')}`),
  );
}

it('groups what one person says in a row', () => {
  const said = [message(1, 'ann', noon), message(2, 'ann', noon + minute), message(3, 'bob', noon + minute)];
  expect(shape([...said, message(4, 'ann', noon + 2 * minute)])).toEqual([['ann: 1 2', 'bob: 3', 'ann: 4']]);
});

it('says who reacted, and whether one did oneself', () => {
  const reactions = [
    { emoji: '🎉', users: ['ann', 'me'] },
    { emoji: '👀', users: ['bob'] },
  ];
  const [day] = transcript([{ ...message(1, 'ann', noon), reactions }], [], me);
  expect(day?.turns[0]?.lines[0].reactions).toEqual([
    { emoji: '🎉', count: 2, mine: true },
    { emoji: '👀', count: 1, mine: false },
  ]);
});

it('starts a new turn after five minutes', () => {
  expect(shape([message(1, 'ann', noon), message(2, 'ann', noon + 5 * minute)])).toEqual([
    ['ann: 1', 'ann: 2'],
  ]);
});

it('starts a day at local midnight', () => {
  const midnight = new Date(2026, 4, 21).getTime();
  expect(shape([message(1, 'ann', midnight - 1), message(2, 'ann', midnight)])).toEqual([
    ['ann: 1'],
    ['ann: 2'],
  ]);
});

it('puts what is not sent yet last, under one’s own name', () => {
  expect(shape([message(1, 'me', noon)], [pending('two', noon + 1)])).toEqual([['me: 1 two']]);
});

it('keeps a key from the pending message to the room’s, and no key twice', () => {
  const before = transcript([], [pending('id-1', noon)], me);
  const after = transcript([message(1, 'me', noon)], [], me);
  expect(after[0]?.turns[0]?.lines[0].key).toBe(before[0]?.turns[0]?.lines[0].key);
  const reused = { ...message(2, 'me', noon), id: 'id-1' };
  const keys = transcript([message(1, 'me', noon), reused], [], me)[0]?.turns[0]?.lines.map(({ key }) => key);
  expect(new Set(keys).size).toBe(2);
});
