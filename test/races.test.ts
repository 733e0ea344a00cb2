import { beforeAll, describe, expect, it } from 'vitest';
import type { AckFrame } from '#shared/contract/frames.ts';
import { endMembership } from '#shared/storage/memberships.ts';
import type { Room } from '#shared/storage/rooms.ts';
import { type ShardCounts, subscribeShards } from '#shared/storage/shard-counts.ts';
import { testCloud } from '#test/support/cloud.ts';
import { Queue } from '#test/support/queue.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage, userIdOf } from '#test/support/storage.ts';

const cloud = testCloud();
let storage: Storage;
let witness: RawClient;
beforeAll(async () => {
  storage = new Storage(cloud());
  witness = await RawClient.signIn(cloud(), 'witness');
});

const times = 25;
const attempts = Array.from({ length: times }, (_, i) => i);
const waits = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A message to each room that has a witness, until everybody who is to get it has it. */
async function sendToAll(rooms: string[]): Promise<void> {
  for (const room of rooms) await witness.subscribe(room);
  for (const room of rooms) await witness.send(room, 'who hears this?');
  for (const room of rooms) await witness.received(room, 1);
  await new Queue(cloud(), 'fanfare-deliveries').drained();
}

describe('subscribing against the end of a membership', () => {
  async function race(rooms: string[], bob: RawClient, end: (room: string) => Promise<void>): Promise<void> {
    for (const [i, room] of rooms.entries()) {
      // Now the one has a start, now the other, of as many steps as it may take.
      const ending = waits(i % 2 ? i : 0).then(() => end(room));
      await waits(i % 2 ? 0 : i);
      const answer = await bob.request({ action: 'subscribe', rooms: [{ room }] });
      if (answer.type !== 'subscribed') expect(answer).toMatchObject({ code: 'not_member', rooms: [room] });
      await ending;
    }
    for (const room of rooms) expect(await storage.subscriptions(room)).toEqual([]);
    await sendToAll(rooms);
    await bob.ping();
    for (const room of rooms) expect(bob.messages(room)).toEqual([]);
  }

  it('leaves no subscription, where somebody leaves over HTTP', async () => {
    const rooms = attempts.map((i) => `left-${i}`);
    for (const room of rooms) await storage.createRoom(room, ['bob', 'witness']);
    const bob = await RawClient.signIn(cloud(), 'bob');
    const { accessToken } = await cloud().identity.accessToken('bob');
    await race(rooms, bob, async (room) => {
      const response = await fetch(`${cloud().url}/api/rooms/${room}/members/me`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${accessToken}` },
      });
      expect(response.status).toBe(204);
    });
    const userId = await userIdOf(cloud(), 'bob');
    const [connection] = await storage.connections.ofUser(userId);
    expect(connection && [...((await storage.connections.rooms(connection)) ?? ['closed'])]).toEqual([]);
    bob.close();
  });

  it('leaves no subscription, where somebody is removed, of several connections', async () => {
    const rooms = attempts.map((i) => `removed-${i}`);
    for (const room of rooms) await storage.createRoom(room, ['mallory', 'witness']);
    const userId = await userIdOf(cloud(), 'mallory');
    const phone = await RawClient.signIn(cloud(), 'mallory');
    await phone.subscribe(...rooms);
    const laptop = await RawClient.signIn(cloud(), 'mallory');
    await race(rooms, laptop, (room) => endMembership(room, userId, storage));
    await phone.ping();
    for (const room of rooms) expect(phone.messages(room)).toEqual([]);
  });
});

describe('subscribing, when the membership ends between its look and its write', () => {
  it('is refused, and leaves no subscription', async () => {
    const rooms = attempts.slice(0, 10).map((i) => `between-${i}`);
    for (const room of rooms) await storage.createRoom(room, ['nina']);
    const userId = await userIdOf(cloud(), 'nina');
    const nina = await RawClient.signIn(cloud(), 'nina');
    for (const room of rooms) {
      let ending: Promise<void> | undefined;
      let failures = 0;
      // The SDK tries a write twice more, some time later: long enough to end a membership.
      cloud().dynamodb.proxy.faults = (target, body) => {
        if (target !== 'TransactWriteItems' || !body.includes('"Put"') || failures++ >= 2) return undefined;
        ending ??= endMembership(room, userId, storage);
        return { status: 500, type: 'InternalServerError', message: 'An injected fault' };
      };
      const answer = await nina.request({ action: 'subscribe', rooms: [{ room }] });
      expect(ending).toBeDefined();
      await ending;
      if (answer.type !== 'subscribed') expect(answer).toMatchObject({ code: 'not_member', rooms: [room] });
    }
    delete cloud().dynamodb.proxy.faults;
    for (const room of rooms) expect(await storage.subscriptions(room)).toEqual([]);
  });
});

describe('a single write that meets a transaction', () => {
  it('is tried again: a leave is no failure, and a closed connection leaves no row', async () => {
    await storage.createRoom('busy', ['gina']);
    const gina = await RawClient.signIn(cloud(), 'gina');
    const { accessToken } = await cloud().identity.accessToken('gina');
    await gina.subscribe('busy');
    const conflicted = new Set<string>();
    // The local engines run transactions one after the other; DynamoDB answers a write between with this.
    cloud().dynamodb.proxy.faults = (target) => {
      if (!['UpdateItem', 'DeleteItem'].includes(target) || conflicted.has(target)) return undefined;
      conflicted.add(target);
      return { status: 400, type: 'TransactionConflictException', message: 'Ongoing transaction' };
    };
    const left = await fetch(`${cloud().url}/api/rooms/busy/members/me`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect(left.status).toBe(204);
    gina.close();
    const userId = await userIdOf(cloud(), 'gina');
    await expect.poll(() => storage.connections.ofUser(userId)).toEqual([]);
    delete cloud().dynamodb.proxy.faults;
    // The leave’s, of the member’s row, and the disconnect’s, of the connection’s.
    expect([...conflicted]).toEqual(['UpdateItem', 'DeleteItem']);
  });
});

describe('subscribing against the end of its connection', () => {
  it('leaves no row of the connection', async () => {
    await storage.createRoom('door', ['carol', 'witness']);
    const userId = await userIdOf(cloud(), 'carol');
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        attempts.slice(0, 8).map(async (i) => {
          const carol = await RawClient.signIn(cloud(), 'carol');
          carol.sendText(JSON.stringify({ action: 'subscribe', id: 's', rooms: [{ room: 'door' }] }));
          await waits(i);
          if (i % 2) carol.close();
          else carol.socket.terminate();
        }),
      );
    }
    await expect.poll(() => storage.connections.ofUser(userId)).toEqual([]);
    await expect.poll(() => storage.subscriptions('door')).toEqual([]);
  });
});

describe('two tabs that send as one person', () => {
  it('get every message acknowledged once, with a number of its own', async () => {
    await storage.createRoom('tabs', ['dora', 'witness']);
    await witness.subscribe('tabs');
    const tabs = await Promise.all([1, 2].map(() => RawClient.signIn(cloud(), 'dora')));
    const ids = tabs.map((_, tab) => Array.from({ length: 10 }, (_, i) => `tab-${tab}-${i}`));
    const acks = await Promise.all(
      tabs.flatMap((tab, t) =>
        (ids[t] ?? []).map((id) => tab.request({ action: 'sendMessage', id, room: 'tabs', text: id })),
      ),
    );
    expect(acks.filter(({ type }) => type !== 'ack')).toEqual([]);
    const numbers = acks.filter((frame): frame is AckFrame => frame.type === 'ack');
    expect(new Set(numbers.map(({ seq }) => seq)).size).toBe(20);

    const events = await witness.received('tabs', 20);
    const place = (messages: { id: string; seq?: number | undefined }[]) =>
      messages.map(({ id, seq }) => `${seq} ${id}`).toSorted();
    const written = await storage.messages.after('tabs', 0, 200);
    expect(place(written)).toEqual(place(numbers));
    expect([...new Set(place(events))]).toEqual(place(numbers));
    for (const tab of tabs) expect(tab.frames.filter(({ type }) => type === 'ack')).toHaveLength(10);
  });
});

describe('another shard count against messages and subscriptions', () => {
  const readRoom = async (roomId: string): Promise<Room> => {
    const { room } = await storage.rooms.readForSend(roomId, 'anybody');
    if (!room) throw new Error(`No room ${roomId}`);
    return room;
  };

  /** Puts a room's counts where time would have put them. */
  const setCounts = async (roomId: string, shardCounts: ShardCounts) =>
    await storage.write('Rooms', [{ ...(await readRoom(roomId)), item: 'ROOM', shardCounts }]);

  /** Sixteen sockets: each of two shards is hit but for one time in 32,768. */
  const enter = async (roomId: string, names: string[]): Promise<RawClient[]> =>
    await Promise.all(
      names.map(async (name) => {
        const client = await RawClient.signIn(cloud(), name);
        await client.subscribe(roomId);
        return client;
      }),
    );
  const crowd = Array.from({ length: 16 }, () => 'somebody');
  const shardsOf = async (roomId: string) =>
    new Set((await storage.subscriptions(roomId)).map((row) => Number(row.split(' ')[0])));

  it('is written once, however many workers find that it is time', async () => {
    await storage.createRoom('crowded', ['witness']);
    const now = Date.now();
    const seen = { shard: 0, connections: 1_001 };
    const grown = await Promise.all(attempts.map(() => storage.rooms.fitShards('crowded', seen, now)));
    expect(grown.filter(Boolean)).toEqual([{ from: 1, to: 2 }]);
  });

  it('growing, loses nobody who subscribed before, during and after', async () => {
    await storage.createRoom('growing', ['somebody', 'witness']);
    const before = await enter('growing', ['somebody']);
    const sent = [await witness.send('growing', 'one shard')];
    await storage.rooms.fitShards('growing', { shard: 0, connections: 1_001 }, Date.now());
    const during = await enter('growing', ['somebody']);
    expect(subscribeShards((await readRoom('growing')).shardCounts, Date.now())).toBe(1);
    sent.push(await witness.send('growing', 'two shards, one of them empty'));
    expect(await storage.messages.after('growing', 1, 1)).toMatchObject([{ shards: 2 }]);
    expect(await shardsOf('growing')).toEqual(new Set([0]));

    await setCounts('growing', [
      { shards: 1, from: 0 },
      { shards: 2, from: Date.now() },
    ]);
    const after = await enter('growing', crowd);
    expect(await shardsOf('growing')).toEqual(new Set([0, 1]));
    sent.push(await witness.send('growing', 'two shards'));
    for (const [clients, due] of [
      [before, sent],
      [during, sent.slice(1)],
      [after, sent.slice(2)],
    ] as const) {
      for (const client of clients) {
        const events = await client.received('growing', due.length);
        expect(events.map(({ seq }) => seq).toSorted()).toEqual(due);
      }
    }
  });

  it('shrinking, loses nobody who is in a shard that is to go', async () => {
    await storage.createRoom('shrinking', ['somebody', 'witness']);
    const settled = { shards: 16, from: Date.now() - 3 * 3_600_000 };
    await setCounts('shrinking', [settled]);
    const before = await enter('shrinking', crowd);
    expect((await shardsOf('shrinking')).size).toBeGreaterThan(1);

    // The message finds the first shard nearly empty, which makes the room shrink.
    const sent = [await witness.send('shrinking', 'sixteen shards for sixteen people?')];
    const counts = async () => (await readRoom('shrinking')).shardCounts;
    await expect.poll(async () => (await counts()).map(({ shards }) => shards)).toEqual([16, 1]);
    const rows = (await storage.subscriptions('shrinking')).length;
    const after = await enter('shrinking', crowd);
    const added = (await storage.subscriptions('shrinking')).length - rows;
    expect(added).toBe(16);
    sent.push(await witness.send('shrinking', 'to all sixteen still'));
    expect(await storage.messages.after('shrinking', 1, 1)).toMatchObject([{ shards: 16 }]);
    for (const client of before) await client.received('shrinking', 2);
    for (const client of after) await client.received('shrinking', 1);

    // Those who were there when it shrank are gone after two hours; the others are all in the one shard.
    for (const client of before) client.close();
    await expect.poll(() => shardsOf('shrinking')).toEqual(new Set([0]));
    await setCounts('shrinking', [settled, { shards: 1, from: Date.now() - 3 * 3_600_000 }]);
    sent.push(await witness.send('shrinking', 'to one'));
    expect(await storage.messages.after('shrinking', 2, 1)).toMatchObject([{ shards: 1 }]);
    for (const client of after) {
      const events = await client.received('shrinking', 2);
      expect(events.map(({ seq }) => seq).toSorted()).toEqual(sent.slice(1));
    }
  });
});
