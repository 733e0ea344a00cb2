import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientFrame, serverFrame } from './frames.ts';
import { limits } from './limits.ts';

const send = { action: 'sendMessage', id: 'a', room: 'general', text: 'hello' };
const roomsNamed = (count: number) => Array.from({ length: count }, (_, index) => `r${index}`);

describe('a frame of a client', () => {
  it.each<[string, unknown]>([
    ['a message', send],
    ['an answer', { ...send, replyTo: 1 }],
    ['the shortest text', { ...send, text: 'x' }],
    ['the longest text', { ...send, text: 'x'.repeat(limits.textLength) }],
    ['the longest id', { ...send, id: 'x'.repeat(limits.clientIdLength) }],
    ['the longest room', { ...send, room: 'x'.repeat(limits.roomIdLength) }],
    ['every character that a room may have', { ...send, room: 'aZ09_-' }],
    ['a subscribe', { action: 'subscribe', id: 'a', rooms: [{ room: 'r' }] }],
    ['a resume from the start', { action: 'subscribe', id: 'a', rooms: [{ room: 'r', after: 0 }] }],
    [
      'the most rooms of a subscribe',
      { action: 'subscribe', id: 'a', rooms: roomsNamed(limits.roomsPerSubscribe).map((room) => ({ room })) },
    ],
    ['an unsubscribe', { action: 'unsubscribe', id: 'a', rooms: ['r'] }],
    [
      'the most rooms of an unsubscribe',
      { action: 'unsubscribe', id: 'a', rooms: roomsNamed(limits.roomsPerConnection) },
    ],
    ['a ping', { action: 'ping' }],
  ])('may be %s', (_, frame) => {
    expect(clientFrame.parse(frame)).toEqual(frame);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, ''],
    ['a list', [], ''],
    ['text', 'sendMessage', ''],
    ['without an action', { id: 'a' }, 'action'],
    ['of an unknown action', { ...send, action: 'shout' }, 'action'],
    ['without an id', { ...send, id: undefined }, 'id'],
    ['with an empty id', { ...send, id: '' }, 'id'],
    ['with a number for an id', { ...send, id: 1 }, 'id'],
    ['with an id that is too long', { ...send, id: 'x'.repeat(limits.clientIdLength + 1) }, 'id'],
    ['with an empty text', { ...send, text: '' }, 'text'],
    ['with a text that is too long', { ...send, text: 'x'.repeat(limits.textLength + 1) }, 'text'],
    ['with half a character', { ...send, text: '\ud83d' }, 'text'],
    ['with no text', { ...send, text: null }, 'text'],
    ['with an empty room', { ...send, room: '' }, 'room'],
    ['with a room that is too long', { ...send, room: 'x'.repeat(limits.roomIdLength + 1) }, 'room'],
    ['with a room of other characters', { ...send, room: 'a#b' }, 'room'],
    ['with a line break behind the room', { ...send, room: 'general\n' }, 'room'],
    ['that answers nothing', { ...send, replyTo: 0 }, 'replyTo'],
    ['that answers between two messages', { ...send, replyTo: 1.5 }, 'replyTo'],
    ['that subscribes to no room', { action: 'subscribe', id: 'a', rooms: [] }, 'rooms'],
    [
      'that subscribes to too many rooms',
      {
        action: 'subscribe',
        id: 'a',
        rooms: roomsNamed(limits.roomsPerSubscribe + 1).map((room) => ({ room })),
      },
      'rooms',
    ],
    [
      'that subscribes to a room twice',
      { action: 'subscribe', id: 'a', rooms: [{ room: 'r' }, { room: 'r', after: 1 }] },
      'rooms',
    ],
    [
      'that resumes from below the start',
      { action: 'subscribe', id: 'a', rooms: [{ room: 'r', after: -1 }] },
      'rooms.0.after',
    ],
    [
      'that unsubscribes from too many rooms',
      { action: 'unsubscribe', id: 'a', rooms: roomsNamed(limits.roomsPerConnection + 1) },
      'rooms',
    ],
  ])('may not be one %s', (_, frame, path) => {
    const { error } = clientFrame.safeParse(frame);
    expect(new Set(error?.issues.map((issue) => issue.path.join('.')))).toEqual(new Set([path]));
  });

  it('never holds what it does not say: a sender cannot be claimed', () => {
    expect(clientFrame.parse({ ...send, sender: 'mallory', senderName: 'Mallory' })).toEqual(send);
  });

  it('is refused, not thrown over, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        expect(clientFrame.safeParse(anything).success).toBe(false);
      }),
    );
  });
});

describe('a frame of the server', () => {
  const message = {
    type: 'message',
    at: 1,
    seq: 1,
    version: 1,
    id: 'a',
    sender: 's',
    senderName: 'S',
    text: 't',
  };

  it.each<[unknown]>([
    [{ type: 'ack', id: 'a', room: 'r', seq: 1, sentAt: 1 }],
    [{ type: 'ack', id: 'a' }],
    [
      {
        type: 'subscribed',
        id: 'a',
        rooms: [{ room: 'r', lastSeq: 0, readSeq: 0, messages: [], recovered: true }],
      },
    ],
    [{ type: 'events', room: 'r', events: [message] }],
    [{ type: 'pong' }],
    [{ type: 'error', code: 'bad_frame', message: 'why' }],
    [{ type: 'error', id: 'a', code: 'rate_limited', message: 'why', retryAfterMs: 0 }],
  ])('may be %j', (frame) => {
    expect(serverFrame.parse(frame)).toEqual(frame);
  });

  it.each<[unknown]>([
    [{ type: 'events', room: 'r', events: [] }],
    [{ type: 'events', room: 'r', events: [{ ...message, seq: 0 }] }],
    [{ type: 'error', code: 'whatever', message: 'why' }],
  ])('may not be %j', (frame) => {
    expect(serverFrame.safeParse(frame).success).toBe(false);
  });
});
