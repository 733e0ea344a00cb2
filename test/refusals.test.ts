import { beforeAll, describe, expect, it } from 'vitest';
import type { ServerFrame } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage, userIdOf } from '#test/support/storage.ts';

const cloud = testCloud();
let alice: RawClient;
let storage: Storage;

beforeAll(async () => {
  storage = new Storage(cloud());
  alice = await RawClient.signIn(cloud(), 'alice');
  await storage.createRoom('secret', ['bob']);
});

/** What others do, such as joining a room, is told meanwhile. */
const isAnswer = ({ type }: ServerFrame) => type !== 'events';

/** Sends a frame that must be refused: one answer, an error; nothing written; the socket still open. */
async function refused(text: string, client = alice) {
  const before = await storage.everything();
  const seen = client.frames.length;
  client.sendText(text);
  const answer = await client.next(isAnswer, { from: seen });
  expect(await storage.everything()).toEqual(before);
  await client.ping();
  expect(client.frames.slice(seen).filter(isAnswer)).toHaveLength(2);
  return answer;
}

const send = { action: 'sendMessage', id: 'x', room: 'general', text: 'hello' };
const subscribe = { action: 'subscribe', id: 'x', rooms: [{ room: 'general' }] };
const unsubscribe = { action: 'unsubscribe', id: 'x', rooms: ['general'] };
const many = (count: number) => Array.from({ length: count }, (_, i) => `room-${i}`);

describe('a frame that is no frame', () => {
  it.each([
    ['not JSON', 'hello'],
    ['half of one', '{"action":"sendMessage","id":"x"'],
    ['an array', '[]'],
    ['a string', '"sendMessage"'],
    ['null', 'null'],
    ['without an action', JSON.stringify({ room: 'general', text: 'hello' })],
    ['with an action that is no name', JSON.stringify({ ...send, id: undefined, action: 7 })],
  ])('%s is told bad_frame', async (_, text) => {
    expect(await refused(text)).toEqual({ type: 'error', code: 'bad_frame', message: expect.any(String) });
  });

  it('is told with its id, where it has one', async () => {
    expect(await refused('{"id":"mine","text":"hello"}')).toMatchObject({ code: 'bad_frame', id: 'mine' });
  });
});

describe('an action', () => {
  it.each(['shout', 'SENDMESSAGE', '', '__proto__', 'constructor', '$connect', '$disconnect', '$default'])(
    '%o is told unknown_action',
    async (action) => {
      const answer = await refused(JSON.stringify({ ...send, action }));
      expect(answer).toEqual({ type: 'error', id: 'x', code: 'unknown_action', message: expect.any(String) });
    },
  );
});

describe('a frame with wrong fields', () => {
  it.each([
    ['text', 'that is a number', { ...send, text: 7 }],
    ['text', 'that is missing', { ...send, text: undefined }],
    ['text', 'that is empty', { ...send, text: '' }],
    ['text', 'over 4,000 characters', { ...send, text: 'x'.repeat(4_001) }],
    ['id', 'that is too long', { ...send, id: 'x'.repeat(65) }],
    ['id', 'that is empty', { ...send, id: '' }],
    ['id', 'that is missing', { ...send, id: undefined }],
    ['room', 'that is a list', { ...send, room: ['general'] }],
    ['room', 'that is missing', { ...send, room: undefined }],
    ['room', 'that is too long', { ...send, room: 'x'.repeat(65) }],
    ['room', 'with a key’s separator', { ...send, room: 'general#0' }],
    ['room', 'that is JavaScript’s own', { ...send, room: '__proto__' }],
    ['replyTo', 'that is text', { ...send, replyTo: 'the first' }],
    ['replyTo', 'that is no seq', { ...send, replyTo: 0 }],
    ['rooms', 'that is a name', { ...subscribe, rooms: 'general' }],
    ['rooms', 'that is empty', { ...subscribe, rooms: [] }],
    ['rooms', 'that names one twice', { ...subscribe, rooms: [{ room: 'general' }, { room: 'general' }] }],
    ['rooms', 'that is too long', { ...subscribe, rooms: many(33).map((room) => ({ room })) }],
    ['rooms.0.after', 'that is negative', { ...subscribe, rooms: [{ room: 'general', after: -1 }] }],
    ['rooms.0.after', 'that is no number', { ...subscribe, rooms: [{ room: 'general', after: '1' }] }],
    ['rooms.0.room', 'that is JavaScript’s own', { ...subscribe, rooms: [{ room: '__proto__' }] }],
    ['rooms.0', 'that is an object', { ...unsubscribe, rooms: [{ room: 'general' }] }],
    ['rooms', 'that is too long', { ...unsubscribe, rooms: many(101) }],
  ])('%s %s is told invalid, and which field it is', async (field, _, frame) => {
    const answer = await refused(JSON.stringify(frame));
    expect(answer).toMatchObject({ type: 'error', code: 'invalid' });
    expect(answer.type === 'error' && answer.message).toContain(`${field}: `);
    expect(answer.type === 'error' && answer.message).not.toMatch(/\bat\b.*\.(ts|mjs)/);
  });
});

describe('a room that one is not in', () => {
  it.each(['secret', 'nowhere', 'constructor', 'toString'])(
    '%s is told not_member on a send',
    async (room) => {
      expect(await refused(JSON.stringify({ ...send, room }))).toEqual({
        type: 'error',
        id: 'x',
        code: 'not_member',
        message: expect.any(String),
        rooms: [room],
      });
    },
  );

  it('is told not_member on a subscribe, and none of its other rooms is subscribed to', async () => {
    const rooms = [{ room: 'general' }, { room: 'secret' }, { room: 'nowhere' }];
    expect(await refused(JSON.stringify({ ...subscribe, rooms }))).toMatchObject({
      type: 'error',
      id: 'x',
      code: 'not_member',
      rooms: ['secret', 'nowhere'],
    });
  });
});

describe('more rooms than a connection may have', () => {
  it('are told too_many_rooms, and none of them is subscribed to', async () => {
    const dave = await RawClient.signIn(cloud(), 'dave');
    const rooms = many(limits.roomsPerConnection + 1);
    for (const room of rooms) await storage.createRoom(room, ['dave']);
    for (let start = 0; start < 96; start += 32) await dave.subscribe(...rooms.slice(start, start + 32));

    const frame = { ...subscribe, rooms: rooms.slice(96).map((room) => ({ room })) };
    expect(await refused(JSON.stringify(frame), dave)).toMatchObject({
      code: 'too_many_rooms',
      rooms: rooms.slice(96),
    });
    // Those that it has count once.
    await dave.subscribe(...rooms.slice(0, 28), ...rooms.slice(96, 100));
    expect(
      await refused(JSON.stringify({ ...subscribe, rooms: [{ room: 'room-100' }] }), dave),
    ).toMatchObject({
      code: 'too_many_rooms',
    });
    expect(await dave.request({ ...unsubscribe, rooms: ['room-0'] })).toMatchObject({ type: 'ack' });
    await dave.subscribe('room-100');
  });
});

describe('more messages than a member may send', () => {
  it('are told rate_limited, and when the next may come', async () => {
    const erin = await RawClient.signIn(cloud(), 'erin');
    await storage.createRoom('flood', ['erin']);
    // A bucket two seconds in debt, so that the refusal does not depend on how fast this machine sends.
    const debt = { version: 1, sends: [], tokens: 1 - 2 * limits.sendsPerSecond, refilledAt: Date.now() };
    const { Put } = storage.rooms.putSender('flood', await userIdOf(cloud(), 'erin'), debt);
    if (Put?.Item) await storage.write('Rooms', [Put.Item]);

    const frame = JSON.stringify({ ...send, room: 'flood' });
    const answer = await refused(frame, erin);
    expect(answer).toMatchObject({ type: 'error', id: 'x', code: 'rate_limited' });
    const wait = (answer.type === 'error' && answer.retryAfterMs) || 0;
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(2_000);
    await new Promise((resolve) => setTimeout(resolve, wait));
    expect(await erin.request({ ...send, room: 'flood' })).toMatchObject({ type: 'ack', id: 'x' });
  });

  it('never get past the burst and what flows back meanwhile', async () => {
    const frank = await RawClient.signIn(cloud(), 'frank');
    const began = Date.now();
    let acked = 0;
    for (let i = 0; i < 60; i++) {
      const answer = await frank.request({ ...send, id: `f-${i}` });
      if (answer.type === 'ack') acked++;
      else expect(answer).toMatchObject({ code: 'rate_limited' });
      if (i < limits.sendBurst) expect(answer.type).toBe('ack');
    }
    const seconds = (Date.now() - began) / 1_000;
    expect(acked).toBeLessThanOrEqual(limits.sendBurst + Math.ceil(seconds * limits.sendsPerSecond));
    expect(await storage.messages.after('general', 0, 200)).toHaveLength(acked);
  });
});

describe('a frame over 32 KB', () => {
  it('closes the socket with 1009 and writes nothing', async () => {
    const bob = await RawClient.signIn(cloud(), 'bob');
    await storage.createRoom('big', ['bob']);
    const closed = bob.closed();
    bob.sendText(JSON.stringify({ ...send, room: 'big' }).padEnd(32 * 1024 + 1, ' '));
    expect(await closed).toBe(1009);
    const { room, sender } = await storage.rooms.readForSend('big', await userIdOf(cloud(), 'bob'));
    expect(room).toBeDefined();
    expect(sender).toBeUndefined();
    expect(await storage.messages.after('big', 0, 1)).toEqual([]);
  });

  it('closes nobody else’s', async () => {
    await alice.ping();
  });
});
