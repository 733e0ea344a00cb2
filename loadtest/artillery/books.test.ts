import { beforeEach, describe, expect, it } from 'vitest';
import type { MessageEvent } from '#shared/contract/events.ts';
import { Books } from './books.ts';

let books: Books;

beforeEach(() => {
  books = new Books();
});

/** Somebody says `id` in the lobby, and is told that it has the number `seq`. */
function said(id: string, seq: number): MessageEvent {
  books.sent(id, 'lobby', 1_000);
  books.acknowledged(id, seq, 1_010);
  return { type: 'message', id, seq, version: 1, at: 0, sender: 'alice', senderName: 'Alice', text: 'Hello' };
}

describe('what everybody is owed', () => {
  it('is all that was said since they came', () => {
    const before = said('before', 1);
    const view = books.joined('lobby', 1);
    books.received(view, said('after', 2), 1_050);
    expect(books.audit()).toMatchObject({ lost: 0 });
    books.joined('lobby', 0);
    expect(books.audit()).toMatchObject({ lost: 2 });
    books.received(view, before, 1_060);
    expect(books.audit()).toMatchObject({ lost: 2 });
  });

  it('is lost where it does not come', () => {
    const [alice, bob] = [books.joined('lobby', 0), books.joined('lobby', 0)];
    const hello = said('hello', 1);
    books.received(alice, hello, 1_020);
    expect(books.audit()).toMatchObject({ lost: 1 });
    books.received(bob, hello, 1_030);
    expect(books.audit()).toMatchObject({ lost: 0 });
  });

  it('is lost where another message comes in its place', () => {
    const view = books.joined('lobby', 0);
    books.received(view, { ...said('hello', 1), id: 'else' }, 1_020);
    expect(books.audit()).toMatchObject({ lost: 1 });
  });

  it('is nothing of other rooms', () => {
    books.joined('attic', 0);
    said('hello', 1);
    expect(books.audit()).toMatchObject({ lost: 0 });
  });
});

describe('what somebody receives', () => {
  it('is new once, and a copy after that', () => {
    const view = books.joined('lobby', 0);
    const hello = said('hello', 1);
    expect(books.received(view, hello, 1_025)).toEqual({ isNew: true, isLate: false, ms: 25 });
    expect(books.received(view, hello, 1_030)).toMatchObject({ isNew: false });
    expect(books.audit()).toMatchObject({ shownTwice: 0 });
  });

  it('is late after one of a higher number, and shown in its place', () => {
    const view = books.joined('lobby', 0);
    const [first, second] = [said('first', 1), said('second', 2)];
    books.received(view, second, 1_020);
    expect(books.received(view, first, 1_030)).toMatchObject({ isNew: true, isLate: true });
    expect(books.audit()).toMatchObject({ lost: 0, shownOutOfOrder: 0 });
  });

  it('has no time where it is not of this run', () => {
    const stranger = { ...said('hello', 1), id: 'stranger', seq: 2 };
    expect(books.received(books.joined('lobby', 0), stranger, 1_020).ms).toBeUndefined();
  });

  it('shows twice where one send was written twice', () => {
    const view = books.joined('lobby', 0);
    const hello = said('hello', 1);
    books.received(view, hello, 1_020);
    books.received(view, { ...hello, seq: 2 }, 1_020);
    expect(books.audit()).toMatchObject({ shownTwice: 1 });
  });
});

it('counts what was never acknowledged', () => {
  books.sent('hello', 'lobby', 1_000);
  expect(books.audit()).toMatchObject({ unacknowledged: 1, lost: 0 });
});
