import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { onEachEngine } from '#test/support/engines.ts';
import { ConditionFailed, transact } from './documents.ts';
import { roomKeys } from './keys.ts';
import { sendName } from './recent-sends.ts';
import { fanOutShards, growthGraceMs, oneShard } from './shard-counts.ts';
import { connectionLifeMs } from './shards.ts';

const now = 1_750_000_000_000;
const alice = { userId: 'alice', name: 'Alice' };
const crowded = { shard: 0, connections: 1_001 };

onEachEngine((storage) => {
  let room: string;
  let count = 0;

  beforeEach(async () => {
    room = `room-${++count}`;
    await create(room);
  });

  async function create(roomId: string) {
    return await storage().rooms.create({ roomId, name: 'A room', visibility: 'public', mode: 'open' }, now);
  }

  it('creates a room once, and keeps the first one', async () => {
    expect(await create('once')).toBe(true);
    await storage().rooms.fitShards('once', crowded, now);
    expect(await create('once')).toBe(false);
    const { room: kept } = await storage().rooms.readForSend('once', 'alice');
    expect(kept).toMatchObject({ roomId: 'once', name: 'A room' });
    expect(kept?.shardCounts).toHaveLength(2);
  });

  it('adds a member once, and keeps the first membership', async () => {
    const { rooms } = storage();
    expect(await rooms.addMember(room, alice, now)).toBe(true);
    expect(await rooms.addMember(room, { userId: 'alice', name: 'Mallory' }, now + 1)).toBe(false);
    expect(await rooms.readMember(room, 'alice')).toEqual({
      roomId: room,
      userId: 'alice',
      name: 'Alice',
      role: 'member',
      readSeq: 0,
      joinedAt: now,
      shards: 1,
      small: false,
    });
    expect(await rooms.readMember(room, 'bob')).toBeUndefined();
  });

  it('removes a member; removing nobody is no error', async () => {
    const { rooms } = storage();
    await rooms.addMember(room, alice, now);
    await rooms.removeMember(room, 'alice');
    await rooms.removeMember(room, 'alice');
    expect(await rooms.readMember(room, 'alice')).toBeUndefined();
  });

  it('reads for a send what there is: room, member, sender', async () => {
    const { documents, rooms } = storage();
    expect(await rooms.readForSend('nowhere', 'alice')).toEqual({});
    const sender = {
      version: 1,
      sends: [{ name: sendName('a'), seq: 1, sentAt: now }],
      tokens: 19,
      refilledAt: now,
    };
    await rooms.addMember(room, alice, now);
    await transact(documents, [rooms.putSender(room, 'alice', sender)]);
    expect(await rooms.readForSend(room, 'alice')).toEqual({
      room: expect.objectContaining({ roomId: room, shardCounts: oneShard }),
      member: expect.objectContaining({ userId: 'alice' }),
      sender,
    });
    expect(await rooms.readForSend(room, 'bob')).toMatchObject({ member: undefined, sender: undefined });
  });

  it('reads for a subscribe each room as the person sees it, 33 at once', async () => {
    const { rooms } = storage();
    const names = Array.from({ length: 33 }, (_, i) => `many-${i}`);
    await Promise.all(names.map(create));
    await rooms.addMember('many-7', alice, now);
    await rooms.takeSeq('many-32');
    const views = await rooms.readForSubscribe([...names.slice(1), 'nowhere'], 'alice');
    expect(views.size).toBe(33);
    expect(views.get('many-7')).toMatchObject({ room: { roomId: 'many-7' }, member: alice, lastSeq: 0 });
    expect(views.get('many-8')).toMatchObject({ room: { roomId: 'many-8' }, member: undefined });
    expect(views.get('many-32')?.lastSeq).toBe(1);
    expect(views.get('nowhere')).toEqual({
      room: undefined,
      member: undefined,
      lastSeq: 0,
      memberCount: 0,
    });
  });

  it('gives each number once, and none is missing when many ask at the same moment', async () => {
    const taken = await Promise.all(Array.from({ length: 50 }, () => storage().rooms.takeSeq(room)));
    expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(await storage().rooms.takeSeq('another')).toBe(1);
  });

  it("lists a person's memberships from the index, which holds nothing but member rows", async () => {
    const { documents, rooms, tables } = storage();
    const dora = { userId: 'dora', name: 'Dora' };
    await rooms.addMember(room, dora, now);
    await rooms.addMember('elsewhere', dora, now);
    await rooms.takeSeq(room);
    const sender = { version: 1, sends: [], tokens: 20, refilledAt: now };
    await transact(documents, [rooms.putSender(room, 'dora', sender)]);
    const listed = await rooms.listMemberships('dora');
    expect(listed.map(({ roomId }) => roomId).toSorted()).toEqual(['elsewhere', room].toSorted());

    const { Items } = await documents.send(
      new ScanCommand({
        TableName: tables.ROOMS_TABLE,
        IndexName: 'byUser',
        ProjectionExpression: '#item',
        ExpressionAttributeNames: { '#item': 'item' },
      }),
    );
    expect(Items?.length).toBeGreaterThan(0);
    for (const row of Items ?? []) expect(row.item).toMatch(/^MEMBER#/);
  });

  it('lists more memberships than one page of the index holds', async () => {
    const { documents, rooms, tables } = storage();
    const names = ['x', 'y', 'z'].map((name) => `large-${name}`);
    for (const roomId of names) {
      const row = {
        ...roomKeys.member(roomId, 'erin'),
        userId: 'erin',
        name: 'Erin',
        role: 'member',
        readSeq: 0,
        joinedAt: now,
      };
      // A page of a query ends at 1 MB.
      await documents.send(
        new PutCommand({ TableName: tables.ROOMS_TABLE, Item: { ...row, padding: 'x'.repeat(390_000) } }),
      );
    }
    const listed = await rooms.listMemberships('erin');
    expect(listed.map(({ roomId }) => roomId).toSorted()).toEqual(names);
  });

  describe("a room's shards", () => {
    async function counts() {
      return (await storage().rooms.readForSend(room, 'alice')).room?.shardCounts ?? [];
    }

    it('grow, and grow again, where one was seen over its size', async () => {
      const { rooms } = storage();
      expect(await rooms.fitShards(room, crowded, now)).toEqual({ from: 1, to: 2 });
      expect(await rooms.fitShards(room, crowded, now + 1)).toBeUndefined();
      expect(await rooms.fitShards(room, { shard: 0, connections: 3_500 }, now + 2)).toEqual({
        from: 2,
        to: 4,
      });
      expect(await counts()).toEqual([
        { shards: 1, from: 0 },
        { shards: 2, from: now + growthGraceMs },
        { shards: 4, from: now + 2 + growthGraceMs },
      ]);
    });

    it('shrink by one write, which messages follow a life of a connection later', async () => {
      const { rooms } = storage();
      await rooms.fitShards(room, { shard: 0, connections: 8_000 }, now);
      const quiet = now + growthGraceMs + connectionLifeMs;
      expect(await rooms.fitShards(room, { shard: 0, connections: 0 }, quiet)).toEqual({ from: 8, to: 1 });
      expect(fanOutShards(await counts(), quiet)).toBe(8);
      expect(fanOutShards(await counts(), quiet + connectionLifeMs)).toBe(1);
    });

    it('stay as they are where they fit, and where there is no room', async () => {
      const { rooms } = storage();
      expect(await rooms.fitShards(room, { shard: 0, connections: 1_000 }, now)).toBeUndefined();
      expect(await rooms.fitShards('nowhere', crowded, now)).toBeUndefined();
      expect((await rooms.readForSend('nowhere', 'alice')).room).toBeUndefined();
      expect(await counts()).toEqual(oneShard);
    });

    it('change once when many workers see the same, the first time and later', async () => {
      for (const connections of [1_001, 2_002]) {
        const seen = { shard: 0, connections };
        const changes = await Promise.all(
          Array.from({ length: 8 }, () => storage().rooms.fitShards(room, seen, now)),
        );
        expect(changes.filter(Boolean)).toHaveLength(1);
      }
      expect((await counts()).map(({ shards }) => shards)).toEqual([1, 2, 4]);
    });
  });

  it('checks a membership at the moment of a commit', async () => {
    const { documents, rooms } = storage();
    await rooms.addMember(room, alice, now);
    await transact(documents, [rooms.checkMember(room, 'alice')]);
    await rooms.removeMember(room, 'alice');
    const refused = transact(documents, [rooms.checkMember(room, 'alice')]);
    await expect(refused).rejects.toThrow(new ConditionFailed([0]));
  });

  it('replaces a sender row only if it is the one that was read', async () => {
    const { documents, rooms } = storage();
    const put = (version: number) =>
      transact(documents, [
        rooms.putSender(room, 'alice', { version, sends: [], tokens: version, refilledAt: now }),
      ]);
    await put(1);
    await expect(put(1)).rejects.toBeInstanceOf(ConditionFailed);
    await expect(put(3)).rejects.toBeInstanceOf(ConditionFailed);
    await put(2);
    await expect(put(2)).rejects.toBeInstanceOf(ConditionFailed);
    expect((await rooms.readForSend(room, 'alice')).sender).toMatchObject({ version: 2, tokens: 2 });
  });
});
