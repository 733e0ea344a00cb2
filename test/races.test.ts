import { beforeAll, describe, expect, it } from 'vitest';
import type { AckFrame } from '#shared/contract/frames.ts';
import { endMembership } from '#shared/storage/memberships.ts';
import { growthGraceMs, type Room, subscribeShards } from '#shared/storage/rooms.ts';
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
    let conflicts = 0;
    // The local engines run transactions one after the other; DynamoDB answers a write between with this.
    cloud().dynamodb.proxy.faults = (target) =>
      target === 'DeleteItem' && conflicts++ % 2 === 0
        ? { status: 400, type: 'TransactionConflictException', message: 'Ongoing transaction' }
        : undefined;
    const left = await fetch(`${cloud().url}/api/rooms/busy/members/me`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect(left.status).toBe(204);
    gina.close();
    const userId = await userIdOf(cloud(), 'gina');
    await expect.poll(() => storage.connections.ofUser(userId)).toEqual([]);
    delete cloud().dynamodb.proxy.faults;
    expect(conflicts).toBe(4);
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

describe('growing a room against its messages', () => {
  const readRoom = async (roomId: string): Promise<Room> => {
    const { room } = await storage.rooms.readForSend(roomId, 'anybody');
    if (!room) throw new Error(`No room ${roomId}`);
    return room;
  };

  it('fans messages out to the new shards at once, and fills those a minute later', async () => {
    await storage.createRoom('growing', ['witness']);
    const now = Date.now();
    expect(await storage.rooms.grow('growing', 1, now)).toBe(true);
    const room = await readRoom('growing');
    expect(room).toMatchObject({ shards: 2, previousShards: 1 });
    expect(subscribeShards(room, now)).toBe(1);
    expect(subscribeShards(room, now + growthGraceMs - 1)).toBe(1);
    expect(subscribeShards(room, now + growthGraceMs)).toBe(2);

    await witness.subscribe('growing');
    expect(await storage.subscriptions('growing')).toEqual([expect.stringMatching(/^0 /)]);
    const seq = await witness.send('growing', 'to two shards');
    expect(await storage.messages.after('growing', seq - 1, 1)).toMatchObject([{ shards: 2 }]);
  });

  it('happens once, however many workers find the shard too large, and not again within a minute', async () => {
    await storage.createRoom('crowded', ['witness']);
    const now = Date.now();
    const grown = await Promise.all(attempts.map(() => storage.rooms.grow('crowded', 1, now)));
    expect(grown.filter(Boolean)).toHaveLength(1);
    expect(await storage.rooms.grow('crowded', 2, now + growthGraceMs)).toBe(false);
    expect(await storage.rooms.grow('crowded', 1, now + growthGraceMs + 1)).toBe(false);
    expect((await readRoom('crowded')).shards).toBe(2);
    expect(await storage.rooms.grow('crowded', 2, now + growthGraceMs + 1)).toBe(true);
    expect(await readRoom('crowded')).toMatchObject({ shards: 4, previousShards: 2 });
  });

  it('loses nobody: who subscribed before, during and after it gets what is sent before, during and after', async () => {
    const names = ['before', 'during', 'after'];
    await storage.createRoom('moving', [...names, 'witness']);
    const clients: RawClient[] = [];
    const enter = async (name: string) => {
      // Several sockets each, so that both shards are used.
      for (let i = 0; i < 4; i++) {
        const client = await RawClient.signIn(cloud(), name);
        await client.subscribe('moving');
        clients.push(client);
      }
    };
    await enter('before');
    const sent = [await witness.send('moving', 'one shard')];
    await storage.rooms.grow('moving', 1, Date.now());
    await enter('during');
    sent.push(await witness.send('moving', 'two shards, one of them empty'));
    // A minute passes: the growth is as old as it must be.
    const room = await readRoom('moving');
    await storage.write('Rooms', [{ ...room, item: 'ROOM', grewAt: Date.now() - growthGraceMs }]);
    // Connection ids hash evenly: in sixteen of them both shards turn up but for one time in 65,536.
    for (let i = 0; i < 4; i++) await enter('after');
    sent.push(await witness.send('moving', 'two shards'));

    const shards = (await storage.subscriptions('moving')).map((row) => row.split(' ')[0]);
    expect(new Set(shards)).toEqual(new Set(['0', '1']));
    for (const [i, client] of clients.entries()) {
      const due = i < 4 ? sent : i < 8 ? sent.slice(1) : sent.slice(2);
      const events = await client.received('moving', due.length);
      expect([...new Set(events.map(({ seq }) => seq))].toSorted()).toEqual(due);
    }
  });
});
