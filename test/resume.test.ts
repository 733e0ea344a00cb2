import { describe, expect, it } from 'vitest';
import { FanfareClient } from '#client';
import type { MessageEvent } from '#shared/contract/events.ts';
import type { SubscribedRoom } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage } from '#test/support/storage.ts';

const cloud = testCloud();

/** API Gateway's quota of a WebSocket message. */
const payloadBytes = 128 * 1024;

const seqs = (messages: readonly { seq: number }[]) => messages.map(({ seq }) => seq);
const upTo = (count: number, from = 1) => Array.from({ length: count - from + 1 }, (_, i) => from + i);

/** One page of each room; the whole answer is within the quota. */
async function page(client: RawClient, rooms: { room: string; after?: number }[]): Promise<SubscribedRoom[]> {
  const answer = await client.request({ action: 'subscribe', rooms });
  if (answer.type !== 'subscribed') throw new Error(JSON.stringify(answer));
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(payloadBytes);
  return answer.rooms;
}

/** Follows `next` of every room to its end, as a client does; returns what came of each, and in how many answers. */
async function resume(client: RawClient, from: { room: string; after?: number }[]) {
  const messages = new Map<string, MessageEvent[]>(from.map(({ room }) => [room, []]));
  let answers = 0;
  for (let rooms = from; rooms.length > 0; answers++) {
    const replies = await page(client, rooms);
    const progress = replies.some((reply) => reply.messages.length > 0 || reply.next === undefined);
    expect(progress, 'an answer brings something').toBe(true);
    for (const reply of replies) messages.get(reply.room)?.push(...reply.messages);
    rooms = replies.flatMap(({ room, next }) => (next === undefined ? [] : [{ room, after: next }]));
  }
  return { messages, answers };
}

async function member(name: string, ...rooms: string[]): Promise<RawClient> {
  for (const room of rooms) await new Storage(cloud()).createRoom(room, [name]);
  return await RawClient.signIn(cloud(), name);
}

describe('a subscriber who was away', () => {
  it('is given the ten messages that it missed, in order, once, and the next one live', async () => {
    const alice = await member('alice', 'ten');
    const bob = await member('bob', 'ten');
    await bob.subscribe('ten');
    await alice.send('ten', 'message 1');
    await bob.received('ten', 1);
    bob.socket.terminate();
    for (const seq of upTo(11, 2)) await alice.send('ten', `message ${seq}`);

    const again = await RawClient.signIn(cloud(), 'bob');
    const [reply] = await page(again, [{ room: 'ten', after: 1 }]);
    expect(reply).toMatchObject({ room: 'ten', lastSeq: 11, recovered: true });
    expect(reply?.next).toBeUndefined();
    expect(seqs(reply?.messages ?? [])).toEqual(upTo(11, 2));
    expect(reply?.messages.map(({ text }) => text)).toEqual(upTo(11, 2).map((seq) => `message ${seq}`));

    await alice.send('ten', 'message 12');
    await again.received('ten', 1);
    expect(seqs(again.messages('ten'))).toEqual([12]);
  });

  it('misses nothing of what is sent while it comes back', async () => {
    const [alice, carol] = [await member('alice', 'flow'), await member('carol', 'flow')];
    await member('bob', 'flow');
    const sending = Promise.all(
      [alice, carol].map(async (client) => {
        for (const i of upTo(18)) await client.send('flow', `${i}`);
      }),
    );
    // In the midst of it, several times.
    const returns = await Promise.all(
      upTo(4).map(async (times) => {
        await expect.poll(() => alice.frames.length, { interval: 1 }).toBeGreaterThan(times * 3);
        const bob = await RawClient.signIn(cloud(), 'bob');
        const { messages } = await resume(bob, [{ room: 'flow', after: 0 }]);
        return { bob, history: seqs(messages.get('flow') ?? []) };
      }),
    );
    await sending;
    const written = seqs(await new Storage(cloud()).messages.after('flow', 0, limits.pageSize));
    expect(written).toHaveLength(36);
    for (const { bob, history } of returns) {
      await expect
        .poll(() => [...new Set([...history, ...seqs(bob.messages('flow'))])].toSorted((a, b) => a - b))
        .toEqual(written);
    }
  });

  it('is up to date where nothing happened', async () => {
    const alice = await member('alice', 'quiet');
    expect(await page(alice, [{ room: 'quiet', after: 0 }])).toMatchObject([
      { lastSeq: 0, messages: [], recovered: true },
    ]);
    const seq = await alice.send('quiet', 'one');
    const [reply] = await page(alice, [{ room: 'quiet', after: seq }]);
    expect(reply).toEqual({ room: 'quiet', lastSeq: 1, readSeq: 0, messages: [], recovered: true });
  });

  it('and remembers a longer log than there is, is given the newest page and told so', async () => {
    const alice = await member('alice', 'ahead');
    await new Storage(cloud()).writeHistory('ahead', 120);
    const [reply] = await page(alice, [{ room: 'ahead', after: 5_000 }]);
    expect(reply).toMatchObject({ lastSeq: 120, recovered: false });
    expect(seqs(reply?.messages ?? [])).toEqual(upTo(120, 120 - limits.newestPageSize + 1));
  });
});

describe('who comes for the first time', () => {
  it('is given the newest page, oldest first', async () => {
    const alice = await member('alice', 'new');
    await new Storage(cloud()).writeHistory('new', 120);
    const [reply] = await page(alice, [{ room: 'new' }]);
    expect(reply?.recovered).toBe(false);
    expect(reply?.next).toBeUndefined();
    expect(seqs(reply?.messages ?? [])).toEqual(upTo(120, 120 - limits.newestPageSize + 1));
  });
});

describe('long messages', () => {
  // Three bytes a character in JSON, and six: the most that 4,000 characters can be.
  const texts = ['漢'.repeat(3_990), '\u0001'.repeat(3_990)];

  it.each(texts)('come in pages by their bytes (%#)', async (text) => {
    const room = `long-${text.codePointAt(0)}`;
    const alice = await member('alice', room);
    await new Storage(cloud()).writeHistory(room, 30, () => text);
    const { messages, answers } = await resume(alice, [{ room, after: 0 }]);
    expect(seqs(messages.get(room) ?? [])).toEqual(upTo(30));
    const bytes = 30 * Buffer.byteLength(JSON.stringify(text));
    expect(answers).toBeLessThanOrEqual(Math.ceil(bytes / (payloadBytes * 0.75)) + 1);
  });

  it('of more rooms than fit in one answer come too, each room’s in order', async () => {
    const rooms = upTo(limits.roomsPerSubscribe).map((i) => `stack-${i}`);
    const alice = await member('alice', ...rooms);
    for (const room of rooms) await new Storage(cloud()).writeHistory(room, 2, () => texts[1] ?? '');

    const missed = await resume(
      alice,
      rooms.map((room) => ({ room, after: 0 })),
    );
    for (const room of rooms) expect(seqs(missed.messages.get(room) ?? [])).toEqual([1, 2]);
    const newest = await resume(
      alice,
      rooms.map((room) => ({ room })),
    );
    for (const room of rooms) expect(seqs(newest.messages.get(room) ?? []).at(-1)).toBe(2);
  });
});

describe('5,000 missed messages', () => {
  it('come in pages, in order, once, to a raw client and through the typed one', async () => {
    const alice = await member('alice', 'long');
    // Nobody is subscribed: fanning them out would only take this machine's time.
    for (const consumer of ['fanfare-dispatch', 'fanfare-publish']) cloud().eventSources.pause(consumer);
    await new Storage(cloud()).writeHistory('long', 5_000);

    const { messages, answers } = await resume(alice, [{ room: 'long', after: 0 }]);
    expect(seqs(messages.get('long') ?? [])).toEqual(upTo(5_000));
    expect(answers).toBeGreaterThanOrEqual(5_000 / limits.pageSize);

    const client = new FanfareClient({
      url: `${cloud().url.replace('http', 'ws')}/ws`,
      token: async () => (await cloud().identity.accessToken('alice')).accessToken,
    });
    const shown: number[] = [];
    const room = client.join('long', { after: 0 });
    room.on('message', ({ seq }) => shown.push(seq));
    await expect.poll(() => room.state).toBe('live');
    expect(shown).toEqual(upTo(5_000));
    expect(seqs(room.messages)).toEqual(upTo(5_000));
    client.close();
  });
});
