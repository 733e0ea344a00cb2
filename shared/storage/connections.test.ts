import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { onEachEngine } from '#test/support/engines.ts';
import { ConditionFailed, transact } from './documents.ts';
import { connectionKeys } from './keys.ts';

/** Of today: engines remove rows whose time to live is over. */
const now = Date.now();

onEachEngine((storage) => {
  let count = 0;

  async function openConnection(userId = `user-${++count}`, connectionId = `c${++count}=`) {
    const connection = { userId, connectionId };
    await storage().connections.open(connection, now);
    return connection;
  }

  async function subscribe(connection: { userId: string; connectionId: string }, rooms: [string, number][]) {
    const { connections, documents } = storage();
    await transact(documents, connections.subscribe(connection, new Map(rooms), now));
  }

  async function subscribers(room: string, shard = 0) {
    return (await storage().connections.shardPage(room, shard, undefined, 1_000)).connections;
  }

  /** Keys of every row that mentions the connection. */
  async function rowsOf(connectionId: string) {
    const { documents, tables } = storage();
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: tables.CONNECTIONS_TABLE }));
    return Items.map(({ pk, sk }) => `${pk}/${sk}`).filter((key) => key.includes(connectionId));
  }

  it('remembers an open connection, without rooms, until shortly after API Gateway would end it', async () => {
    const { connections, documents, tables } = storage();
    const connection = await openConnection();
    expect(await connections.rooms(connection)).toEqual(new Map());
    const { Item } = await documents.send(
      new GetCommand({
        TableName: tables.CONNECTIONS_TABLE,
        Key: connectionKeys.connection(connection.userId, connection.connectionId),
      }),
    );
    // Seconds, as DynamoDB's TTL wants them: two hours and ten minutes.
    expect(Item).toMatchObject({ connectedAt: now, expiresAt: Math.floor(now / 1000) + 7_800 });
    expect(await connections.rooms({ ...connection, userId: 'somebody-else' })).toBeUndefined();
  });

  it("finds a person's connections, and nobody else's", async () => {
    const first = await openConnection('frank');
    const second = await openConnection('frank');
    await openConnection('frankie');
    const found = await storage().connections.ofUser('frank');
    expect(found.toSorted((a, b) => a.connectionId.localeCompare(b.connectionId))).toEqual([first, second]);
    expect(await storage().connections.ofUser('nobody')).toEqual([]);
  });

  describe('subscribing', () => {
    it('writes the subscriptions and remembers their shards', async () => {
      const connection = await openConnection();
      await subscribe(connection, [
        ['sub-a', 0],
        ['sub-b', 3],
      ]);
      await subscribe(connection, [['sub-c', 1]]);
      expect(await storage().connections.rooms(connection)).toEqual(
        new Map([
          ['sub-a', 0],
          ['sub-b', 3],
          ['sub-c', 1],
        ]),
      );
      expect(await subscribers('sub-a')).toEqual([connection]);
      expect(await subscribers('sub-b', 3)).toEqual([connection]);
      expect(await subscribers('sub-b', 0)).toEqual([]);
    });

    it('writes nothing for a connection that is closed', async () => {
      const closed = { userId: 'gone', connectionId: 'never-opened' };
      await expect(subscribe(closed, [['sub-closed', 0]])).rejects.toThrow(new ConditionFailed([0]));
      expect(await rowsOf('never-opened')).toEqual([]);
    });

    it('writes nothing where another check of the transaction fails, and says which', async () => {
      const { connections, documents, rooms } = storage();
      const connection = await openConnection();
      const refused = transact(documents, [
        rooms.checkMember('sub-banned', connection.userId),
        ...connections.subscribe(connection, new Map([['sub-banned', 0]]), now),
      ]);
      await expect(refused).rejects.toMatchObject({ failed: [0] });
      expect(await subscribers('sub-banned')).toEqual([]);
      expect(await connections.rooms(connection)).toEqual(new Map());
    });

    it('refuses a second subscription to a room, which would be forgotten in its other shard', async () => {
      const connection = await openConnection();
      await subscribe(connection, [['sub-twice', 0]]);
      await expect(subscribe(connection, [['sub-twice', 1]])).rejects.toBeInstanceOf(ConditionFailed);
      expect(await subscribers('sub-twice', 1)).toEqual([]);
    });

    it('takes 32 rooms at once, with names that expressions reserve', async () => {
      const connection = await openConnection();
      const rooms = ['name', 'size', '1-2-3', '_', '-'].concat(Array.from({ length: 27 }, (_, i) => `r${i}`));
      await subscribe(
        connection,
        rooms.map((room) => [room, 0]),
      );
      expect([...((await storage().connections.rooms(connection)) ?? []).keys()].toSorted()).toEqual(
        rooms.toSorted(),
      );
    });
  });

  describe('unsubscribing', () => {
    it('removes those subscriptions alone', async () => {
      const { connections, documents } = storage();
      const connection = await openConnection();
      await subscribe(connection, [
        ['un-a', 2],
        ['un-b', 0],
      ]);
      await transact(documents, connections.unsubscribe(connection, new Map([['un-a', 2]])));
      expect(await connections.rooms(connection)).toEqual(new Map([['un-b', 0]]));
      expect(await subscribers('un-a', 2)).toEqual([]);
      expect(await subscribers('un-b')).toEqual([connection]);
    });

    it('removes nothing where the subscription is in another shard by now', async () => {
      const { connections, documents } = storage();
      const connection = await openConnection();
      await subscribe(connection, [['un-moved', 1]]);
      const stale = transact(documents, connections.unsubscribe(connection, new Map([['un-moved', 0]])));
      await expect(stale).rejects.toThrow(new ConditionFailed([0]));
      expect(await subscribers('un-moved', 1)).toEqual([connection]);
    });
  });

  describe('closing', () => {
    it('removes the connection with all its subscriptions, more than one BatchWriteItem takes', async () => {
      const { connections } = storage();
      const connection = await openConnection();
      const rooms = Array.from({ length: 60 }, (_, i): [string, number] => [`close-${i}`, i % 3]);
      await subscribe(connection, rooms.slice(0, 30));
      await subscribe(connection, rooms.slice(30));
      expect(await rowsOf(connection.connectionId)).toHaveLength(61);
      await connections.close(connection);
      expect(await rowsOf(connection.connectionId)).toEqual([]);
      expect(await connections.rooms(connection)).toBeUndefined();
    });

    it('is no harm twice, or for one that was never open, and touches no other', async () => {
      const { connections } = storage();
      const [closed, open] = [await openConnection('gina'), await openConnection('gina')];
      await subscribe(open, [['close-other', 0]]);
      await connections.close(closed);
      await connections.close(closed);
      await connections.close({ userId: 'nobody', connectionId: 'nothing' });
      expect(await connections.ofUser('gina')).toEqual([open]);
      expect(await subscribers('close-other')).toEqual([open]);
    });
  });

  describe('pruning', () => {
    it('removes a connection that was found gone from all its rooms', async () => {
      const { connections } = storage();
      const connection = await openConnection();
      await subscribe(connection, [
        ['prune-a', 0],
        ['prune-b', 0],
      ]);
      await connections.prune('prune-a', 0, connection);
      expect(await rowsOf(connection.connectionId)).toEqual([]);
    });

    it('removes a subscription whose connection row is gone already', async () => {
      const { connections, documents, tables } = storage();
      const connection = await openConnection();
      const [update, put] = connections.subscribe(connection, new Map([['prune-orphan', 1]]), now);
      expect(update?.Update?.TableName).toBe(tables.CONNECTIONS_TABLE);
      await connections.close(connection);
      if (put) await transact(documents, [put]);
      expect(await subscribers('prune-orphan', 1)).toEqual([connection]);
      await connections.prune('prune-orphan', 1, connection);
      expect(await rowsOf(connection.connectionId)).toEqual([]);
    });
  });

  describe('a page of a shard', () => {
    it('holds its connections by id, from after the one that is named, to the limit', async () => {
      const { connections } = storage();
      const ids = ['e', 'c', 'a', 'd', 'b'].map((letter) => `page-${letter}`);
      for (const id of ids) await subscribe(await openConnection(`owner-of-${id}`, id), [['paged', 4]]);
      await subscribe(await openConnection('stranger', 'page-other'), [['paged', 5]]);

      const first = await connections.shardPage('paged', 4, undefined, 2);
      expect(first.connections).toEqual([
        { connectionId: 'page-a', userId: 'owner-of-page-a' },
        { connectionId: 'page-b', userId: 'owner-of-page-b' },
      ]);
      expect(first.next).toBe('page-b');
      const second = await connections.shardPage('paged', 4, first.next, 2);
      expect(second.connections.map(({ connectionId }) => connectionId)).toEqual(['page-c', 'page-d']);
      const third = await connections.shardPage('paged', 4, second.next, 2);
      expect(third).toEqual({
        connections: [{ connectionId: 'page-e', userId: 'owner-of-page-e' }],
        next: undefined,
      });
    });

    it('ends with a page that is just full', async () => {
      const { connections } = storage();
      for (const id of ['full-a', 'full-b'])
        await subscribe(await openConnection(id, id), [['paged-full', 0]]);
      const page = await connections.shardPage('paged-full', 0, undefined, 2);
      expect(page.connections).toHaveLength(2);
      expect(page.next).toBeUndefined();
    });

    it('goes on behind a connection that was removed meanwhile', async () => {
      const { connections } = storage();
      for (const id of ['gone-a', 'gone-b', 'gone-c'])
        await subscribe(await openConnection(id, id), [['paged-gone', 0]]);
      const { next } = await connections.shardPage('paged-gone', 0, undefined, 2);
      await connections.close({ userId: 'gone-b', connectionId: 'gone-b' });
      const rest = await connections.shardPage('paged-gone', 0, next, 2);
      expect(rest.connections.map(({ connectionId }) => connectionId)).toEqual(['gone-c']);
    });

    it('is empty where nobody is subscribed', async () => {
      expect(await storage().connections.shardPage('empty', 0, undefined, 10)).toEqual({
        connections: [],
        next: undefined,
      });
    });
  });
});
