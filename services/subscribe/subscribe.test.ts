import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { type SubscribeFrame, subscribedFrame } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import { transact } from '#shared/storage/documents.ts';
import { roomKeys } from '#shared/storage/keys.ts';
import { growthGraceMs } from '#shared/storage/shard-counts.ts';
import { shardOf } from '#shared/storage/shards.ts';
import { testStorage } from '#test/support/engines.ts';
import { unsubscribe } from '../unsubscribe/unsubscribe.ts';
import { subscribe } from './subscribe.ts';

const storage = testStorage('dynoxide');
const now = Date.now();
let count = 0;
let prefix: string;
let caller: { userId: string; connectionId: string };

beforeEach(async () => {
  prefix = `t${++count}`;
  caller = { userId: `${prefix}-alice`, connectionId: `${prefix}-L0SM9cOFvHcCIhw=` };
  await storage().connections.open(caller, now);
});

/** A room of its own for the test, with the caller in it and messages of the given texts. */
async function room(name: string, texts: string[] = []): Promise<string> {
  const roomId = `${prefix}-${name}`;
  const { documents, messages, rooms } = storage();
  await rooms.create({ roomId, name, visibility: 'private', mode: 'open' }, 0);
  await rooms.addMember(roomId, { userId: caller.userId, name: 'Alice' }, now);
  for (const text of texts) {
    const seq = await rooms.takeSeq(roomId);
    const message = { roomId, seq, version: 1, id: `${seq}`, sender: 's', senderName: 'S', text };
    await transact(documents, [messages.put({ ...message, sentAt: now, shards: 1 })]);
  }
  return roomId;
}

const frame = (...rooms: SubscribeFrame['rooms']): SubscribeFrame => ({
  action: 'subscribe',
  id: 'f',
  rooms,
});

async function ask(...rooms: SubscribeFrame['rooms']) {
  const answer = await subscribe(frame(...rooms), caller, storage(), now);
  // It is one route response, and what the contract says.
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(128 * 1024);
  return subscribedFrame.parse(JSON.parse(JSON.stringify(answer))).rooms;
}

async function subscribed() {
  return [...((await storage().connections.rooms(caller)) ?? [])];
}

describe('subscribing', () => {
  it('without `after` brings the newest messages, oldest first', async () => {
    const texts = Array.from({ length: limits.newestPageSize + 5 }, (_, index) => `${index + 1}`);
    const [reply] = await ask({ room: await room('a', texts) });
    expect(reply).toMatchObject({ lastSeq: texts.length, readSeq: 0, recovered: false });
    expect(reply?.messages.map(({ text }) => text)).toEqual(texts.slice(5));
  });

  it('with `after` brings what was missed', async () => {
    const [reply] = await ask({ room: await room('a', ['one', 'two', 'three']), after: 1 });
    expect(reply).toMatchObject({ recovered: true, messages: [{ seq: 2 }, { seq: 3 }] });
    expect(reply).not.toHaveProperty('next');
  });

  it('with an `after` that the room never reached begins anew', async () => {
    const [reply] = await ask({ room: await room('a', ['one']), after: 7 });
    expect(reply).toMatchObject({ recovered: false, lastSeq: 1, messages: [{ seq: 1 }] });
  });

  it('writes the subscription in the shard of the connection', async () => {
    const grown = await room('grown');
    await storage().rooms.fitShards(grown, { shard: 0, connections: 4_000 }, now - growthGraceMs);
    await ask({ room: grown });
    expect(await subscribed()).toEqual([[grown, shardOf(caller.connectionId, 4)]]);
  });

  it('again is no error, and pages on', async () => {
    const a = await room('a', ['one', 'two']);
    await ask({ room: a });
    const [reply] = await ask({ room: a, after: 1 });
    expect(reply?.messages).toHaveLength(1);
    expect(await subscribed()).toEqual([[a, 0]]);
  });

  it('by two frames at once leaves one subscription, and both are answered', async () => {
    const a = await room('a', ['one']);
    const b = await room('b', ['two']);
    const both = await Promise.all([ask({ room: a }, { room: b }), ask({ room: b }, { room: a })]);
    expect(both.flat().every(({ messages }) => messages.length === 1)).toBe(true);
    expect((await subscribed()).toSorted()).toEqual([
      [a, 0],
      [b, 0],
    ]);
    await unsubscribe({ action: 'unsubscribe', id: 'u', rooms: [a, b] }, caller, storage());
    expect((await storage().connections.shardPage(a, 0, undefined, 10)).connections).toEqual([]);
  });
});

describe('catching up', () => {
  it('by pages misses nothing and repeats nothing', async () => {
    const texts = Array.from({ length: limits.pageSize + 30 }, (_, index) => `${index + 1}`);
    const a = await room('a', texts);
    const seen: string[] = [];
    let after: number | undefined = 0;
    while (after !== undefined) {
      const [reply]: Awaited<ReturnType<typeof ask>> = await ask({ room: a, after });
      seen.push(...(reply?.messages.map(({ text }) => text) ?? []));
      after = reply?.next;
    }
    expect(seen).toEqual(texts);
  });

  it('in many rooms of the longest messages comes to an end', async () => {
    const longest = '\u0001'.repeat(limits.textLength);
    const names = Array.from({ length: limits.roomsPerSubscribe }, (_, index) => `r${index}`);
    const after = new Map<string, number>();
    for (const name of names) after.set(await room(name, [longest]), 0);
    let answers = 0;
    while (after.size > 0) {
      const replies = await ask(...[...after].map(([name, seq]) => ({ room: name, after: seq })));
      expect(replies.some(({ messages }) => messages.length > 0)).toBe(true);
      for (const { room: name, next } of replies) {
        if (next === undefined) after.delete(name);
        else after.set(name, next);
      }
      expect(++answers).toBeLessThanOrEqual(names.length);
    }
  });
});

describe('who is online', () => {
  /** A room of the caller and these people. */
  async function roomOf(name: string, people: string[]): Promise<string> {
    const roomId = await room(name);
    const { rooms } = storage();
    await Promise.all(people.map((userId) => rooms.addMember(roomId, { userId, name: userId }, now)));
    return roomId;
  }

  it('is told where it is asked, with oneself', async () => {
    const { presences } = storage();
    const [here, gone] = [`${prefix}-here`, `${prefix}-gone`];
    await presences.change(here, undefined, true, now);
    await presences.change(gone, undefined, false, now);
    const a = await roomOf('a', [here, gone, `${prefix}-never`]);
    const [asked] = await ask({ room: a, present: true });
    expect(asked?.present).toEqual([caller.userId, here]);
    const [not, feed] = await ask({ room: a }, { room: `@${caller.userId}`, present: true });
    expect(not).not.toHaveProperty('present');
    expect(feed).not.toHaveProperty('present');
  });

  it('is not told in a crowd', async () => {
    const a = await room('a');
    const members = limits.presenceMembers + 1;
    const Item = { ...roomKeys.seq(a), members };
    await storage().documents.send(new PutCommand({ TableName: storage().tables.ROOMS_TABLE, Item }));
    const [reply] = await ask({ room: a, present: true });
    expect(reply).not.toHaveProperty('present');
    expect(reply).not.toHaveProperty('presentCut');
  });

  it('is cut where it leaves messages no place, and messages come', async () => {
    const { presences } = storage();
    const people = Array.from(
      { length: limits.presenceMembers - 1 },
      (_, i) => `${prefix}-${'p'.repeat(36)}-${i}`,
    );
    await Promise.all(people.map((userId) => presences.change(userId, undefined, true, now)));
    const rooms = await Promise.all(Array.from({ length: 10 }, (_, i) => roomOf(`r${i}`, people)));
    const replies = await ask(...rooms.map((name) => ({ room: name, present: true })));
    const told = replies.filter(({ present }) => present?.length === limits.presenceMembers);
    const cut = replies.filter(({ present, presentCut }) => presentCut && !present);
    expect(told.length).toBeGreaterThan(0);
    expect(cut.length).toBeGreaterThan(0);
    expect(told.length + cut.length).toBe(rooms.length);
    // Those that were cut are told when they are asked for alone.
    const again = await ask(...cut.map(({ room: name }) => ({ room: name, present: true })));
    expect(again.every(({ present }) => present?.length === limits.presenceMembers)).toBe(true);
  });
});

describe('is refused, and nothing written,', () => {
  it('for all rooms where one is not theirs', async () => {
    const refused = ask({ room: await room('mine') }, { room: `${prefix}-not-mine` });
    await expect(refused).rejects.toMatchObject({
      code: 'not_member',
      details: { rooms: [`${prefix}-not-mine`] },
    });
    expect(await subscribed()).toEqual([]);
  });

  it('beyond the rooms that a connection may have', async () => {
    const names = await Promise.all(
      Array.from({ length: limits.roomsPerConnection + 1 }, (_, index) => room(`r${index}`)),
    );
    for (let start = 0; start < limits.roomsPerConnection; start += 25)
      await ask(...names.slice(start, start + 25).map((name) => ({ room: name })));
    const last = names.at(-1) ?? '';
    await expect(ask({ room: last })).rejects.toMatchObject({
      code: 'too_many_rooms',
      details: { rooms: [last] },
    });
    expect(await subscribed()).toHaveLength(limits.roomsPerConnection);
    // One that it has already is no new one.
    await ask({ room: names[0] ?? '' });
  });

  it('on a connection that is closed', async () => {
    const a = await room('a');
    await storage().connections.close(caller);
    await expect(ask({ room: a })).rejects.toMatchObject({ code: 'unavailable' });
    expect((await storage().connections.shardPage(a, 0, undefined, 10)).connections).toEqual([]);
  });
});
