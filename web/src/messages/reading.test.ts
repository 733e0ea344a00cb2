import { expect, it } from 'vitest';
import type { Message } from '#client';
import { readersBySeq } from './reading.ts';

function message(seq: number, sender: string): Message {
  return { type: 'message', seq, version: 1, id: `${seq}`, at: seq, sender, senderName: sender, text: '' };
}
const messages = [message(10, 'ann'), message(12, 'bob'), message(15, 'ann')];

it('puts each reader at the last message that they have read', () => {
  const receipts = new Map([
    ['bob', 11],
    ['carol', 14],
    ['dave', 13],
    ['me', 15],
    ['late', 9],
  ]);
  expect([...readersBySeq(messages, receipts, 'me')]).toEqual([
    [10, 'bob'],
    [12, 'carol dave'],
  ]);
});

it('says nothing of a reader at what they wrote themselves', () => {
  expect([...readersBySeq(messages, new Map([['ann', 20]]), 'me')]).toEqual([]);
});
