import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testCloud } from '#test/support/cloud.ts';
import { Queue } from '#test/support/queue.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage, userIdOf } from '#test/support/storage.ts';

const cloud = testCloud();

/** Resolves when everything that was sent has reached whom it should: a client that has nothing then gets nothing. */
async function everythingIsDelivered(...clients: RawClient[]): Promise<void> {
  await new Queue(cloud(), 'fanfare-deliveries').drained();
  // What was posted to a socket arrives before the answer to a ping.
  await Promise.all(clients.map((client) => client.ping()));
}

async function members(room: string, ...names: string[]): Promise<RawClient[]> {
  await new Storage(cloud()).createRoom(room, names);
  return await Promise.all(names.map((name) => RawClient.signIn(cloud(), name)));
}

describe('a socket', () => {
  it('is answered pong to its ping', async () => {
    const [alice] = await members('pings', 'alice');
    alice?.sendText('{"action":"ping"}');
    expect(await alice?.next(() => true)).toEqual({ type: 'pong' });
    expect(alice?.frames).toHaveLength(1);
  });
});

describe('a message', () => {
  it('is acknowledged with its place, and reaches every socket that subscribed, its sender too', async () => {
    const [alice, bob] = await members('hall', 'alice', 'bob');
    const bobsPhone = await RawClient.signIn(cloud(), 'bob');
    if (!alice || !bob) throw new Error('unreachable');
    for (const client of [alice, bob, bobsPhone]) await client.subscribe('hall');

    const before = Date.now();
    const ack = await alice.request({
      action: 'sendMessage',
      id: 'a-1',
      room: 'hall',
      text: 'hello',
      replyTo: 7,
    });
    expect(ack).toEqual({ type: 'ack', id: 'a-1', room: 'hall', seq: 1, sentAt: expect.any(Number) });
    const sentAt = ack.type === 'ack' ? (ack.sentAt ?? 0) : 0;
    expect(sentAt).toBeGreaterThanOrEqual(before);

    const sender = await userIdOf(cloud(), 'alice');
    const written = { seq: 1, version: 1, id: 'a-1', sender, senderName: 'alice', text: 'hello', replyTo: 7 };
    for (const client of [alice, bob, bobsPhone]) {
      expect(await client.received('hall', 1)).toEqual([{ type: 'message', at: sentAt, ...written }]);
    }
  });

  it('reaches nobody who did not subscribe, who subscribed to another room, or who unsubscribed', async () => {
    const [alice, bob, carol, dave] = await members('attic', 'alice', 'bob', 'carol', 'dave');
    if (!alice || !bob || !carol || !dave) throw new Error('unreachable');
    await bob.subscribe('attic');
    await carol.subscribe('general');
    await dave.subscribe('attic');
    expect(await dave.request({ action: 'unsubscribe', id: 'u-1', rooms: ['attic'] })).toEqual({
      type: 'ack',
      id: 'u-1',
    });

    await alice.send('attic', 'anybody?');
    await bob.received('attic', 1);
    await everythingIsDelivered(alice, carol, dave);
    for (const client of [alice, carol, dave]) expect(client.messages('attic')).toEqual([]);
  });

  it('speaks as the token says, whatever its frame says', async () => {
    const [alice] = await members('masks', 'alice', 'bob');
    await alice?.subscribe('masks');
    const forged = { sender: await userIdOf(cloud(), 'bob'), senderName: 'bob', userId: 'bob' };
    await alice?.request({ action: 'sendMessage', room: 'masks', text: 'it is me', ...forged });
    const [event] = (await alice?.received('masks', 1)) ?? [];
    expect(event).toMatchObject({ sender: await userIdOf(cloud(), 'alice'), senderName: 'alice' });
  });

  it('may have 4,000 characters of any kind, and fill its frame to the last byte', async () => {
    const [alice] = await members('letters', 'alice');
    if (!alice) throw new Error('unreachable');
    await alice.subscribe('letters');
    const texts = ['x'.repeat(4_000), '漢'.repeat(4_000), '🦜'.repeat(2_000), '\u0000'.repeat(4_000)];
    for (const text of texts) await alice.send('letters', text);
    const events = await alice.received('letters', texts.length);
    expect(events.toSorted((a, b) => a.seq - b.seq).map(({ text }) => text)).toEqual(texts);

    const frame = JSON.stringify({ action: 'sendMessage', id: 'full', room: 'letters', text: 'brim' });
    alice.sendText(frame.padEnd(32 * 1024, ' '));
    expect(await alice.next((answer) => 'id' in answer && answer.id === 'full')).toMatchObject({
      type: 'ack',
    });
  });

  it('of a room with a name of JavaScript’s own is like any other', async () => {
    for (const room of ['constructor', 'toString', 'hasOwnProperty']) {
      const [alice, bob] = await members(room, 'alice', 'bob');
      if (!alice || !bob) throw new Error('unreachable');
      await bob.subscribe(room);
      expect(await alice.send(room, 'hello')).toBe(1);
      await bob.received(room, 1);
      await bob.request({ action: 'unsubscribe', rooms: [room] });
      expect(await new Storage(cloud()).subscriptions(room)).toEqual([]);
    }
  });
});

describe('the same client id', () => {
  it('sent again is the same message', async () => {
    const [alice] = await members('echo', 'alice');
    await alice?.subscribe('echo');
    const frame = { action: 'sendMessage', id: 'once', room: 'echo', text: 'once' };
    const first = await alice?.request(frame);
    const second = await alice?.request({ ...frame, text: 'changed my mind' });
    expect(second).toEqual(first);
    await alice?.send('echo', 'the next');
    const events = (await alice?.received('echo', 2)) ?? [];
    expect(events.map(({ text }) => text).toSorted()).toEqual(['once', 'the next']);
  });

  it('sent many times at once, from two tabs, is one message', async () => {
    const [tab] = await members('double', 'alice');
    const otherTab = await RawClient.signIn(cloud(), 'alice');
    if (!tab) throw new Error('unreachable');
    const frame = JSON.stringify({ action: 'sendMessage', id: 'twice', room: 'double', text: 'twice' });
    for (const client of [tab, otherTab, tab, otherTab, tab, otherTab]) client.sendText(frame);

    for (const client of [tab, otherTab]) await expect.poll(() => client.frames.length).toBe(3);
    const acks = [...tab.frames, ...otherTab.frames];
    expect(new Set(acks.map((ack) => JSON.stringify(ack))).size).toBe(1);
    const [ack] = acks;
    expect(ack).toMatchObject({ type: 'ack', id: 'twice' });
    const written = await new Storage(cloud()).messages.after('double', 0, 10);
    expect(written.map(({ seq }) => seq)).toEqual([ack?.type === 'ack' && ack.seq]);
  });

  it('of two people, or in two rooms, is two messages', async () => {
    const [alice, bob] = await members('same', 'alice', 'bob');
    await members('other', 'alice');
    const id = randomUUID();
    await alice?.request({ action: 'sendMessage', id, room: 'same', text: 'alice’s' });
    await bob?.request({ action: 'sendMessage', id, room: 'same', text: 'bob’s' });
    await alice?.request({ action: 'sendMessage', id, room: 'other', text: 'elsewhere' });
    const { messages } = new Storage(cloud());
    expect((await messages.after('same', 0, 10)).map(({ text }) => text)).toEqual(['alice’s', 'bob’s']);
    expect((await messages.after('other', 0, 10)).map(({ text }) => text)).toEqual(['elsewhere']);
  });
});
