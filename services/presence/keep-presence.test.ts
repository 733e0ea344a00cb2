import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryJob } from '#shared/contract/job.ts';
import { limits } from '#shared/contract/limits.ts';
import { roomKeys } from '#shared/storage/keys.ts';
import { growthGraceMs } from '#shared/storage/shard-counts.ts';
import { testStorage } from '#test/support/engines.ts';
import { keepPresence } from './keep-presence.ts';
import type { News } from './news.ts';

const storage = testStorage('dynoxide');
const now = Date.now();
let count = 0;
let userId: string;
let sent: DeliveryJob[];

beforeEach(() => {
  userId = `u${++count}`;
  sent = [];
});

const connected = (): News => ({ userId, mayDiffer: true });
const told = (online: boolean, at: number): News => ({ userId, mayDiffer: false, told: { online, at } });

async function keep(...news: News[]) {
  const { presences, rooms } = storage();
  const sendJobs = async (jobs: DeliveryJob[]) => {
    sent.push(...jobs);
    return [];
  };
  return await keepPresence(news, { presences, rooms, sendJobs });
}

async function room(name: string, members = 2, joinedAt = now): Promise<string> {
  const roomId = `${userId}-${name}`;
  const { rooms, members: memberships } = storage();
  await rooms.create({ roomId, name, visibility: 'private', mode: 'open' }, 0);
  const person = { userId, name: 'U', role: 'member' as const };
  await memberships.add(roomId, person, { shards: 1, small: false }, joinedAt);
  for (let more = 1; more < members; more++)
    await rooms.addMember(roomId, { userId: `m${more}`, name: 'M' }, 0);
  return roomId;
}

async function setCount(roomId: string, members: number): Promise<void> {
  const { documents, tables } = storage();
  const Item = { ...roomKeys.seq(roomId), seq: 0, members };
  await documents.send(new PutCommand({ TableName: tables.ROOMS_TABLE, Item }));
}

describe('a connection', () => {
  it('that comes makes its person online, and that goes, offline', async () => {
    const { connections, presences } = storage();
    await connections.open({ userId, connectionId: 'c' }, now);
    expect(await keep(connected(), connected())).toEqual(new Map());
    const online = await presences.read(userId);
    expect(online).toMatchObject({ online: true });
    // Again, as a stream may say it.
    await keep(connected());
    expect(await presences.read(userId)).toEqual(online);
    await connections.close({ userId, connectionId: 'c' });
    await keep(connected());
    expect(await presences.read(userId)).toMatchObject({ online: false });
    // That is not told before its own record says so.
    expect(sent).toEqual([]);
  });

  it('of somebody of whom nothing was heard for long has the row believed again', async () => {
    const { connections, presences } = storage();
    await connections.open({ userId, connectionId: 'c' }, now);
    await presences.change(userId, undefined, true, now - 13 * 3600_000);
    const before = await presences.read(userId);
    await keep(connected());
    const after = await presences.read(userId);
    expect(after).toMatchObject({ online: true, at: before?.at });
    expect(after?.expiresAt).toBeGreaterThan(now + 23 * 3600_000);
  });
});

describe('a change', () => {
  it('is told to every shard of the small rooms, as they are now', async () => {
    const small = await room('small');
    const grown = await room('grown');
    await storage().rooms.fitShards(grown, { shard: 0, connections: 1_500 }, now - growthGraceMs);
    const full = await room('full');
    await setCount(full, limits.presenceMembers);
    const crowd = await room('crowd');
    await setCount(crowd, limits.presenceMembers + 1);
    const left = await room('left');
    await storage().rooms.removeMember(left, userId);

    await keep(told(true, 1_000));
    const events = [{ type: 'online', at: 1_000, userId }];
    expect(sent).toHaveLength(4);
    expect(sent).toEqual(
      expect.arrayContaining([
        { room: small, shard: 0, shards: 1, events },
        { room: grown, shard: 0, shards: 2, events },
        { room: grown, shard: 1, shards: 2, events },
        { room: full, shard: 0, shards: 1, events },
      ]),
    );
  });

  it('of several in one batch is told as the newest', async () => {
    await room('a');
    await keep(told(true, 1_000), told(true, 3_000), told(false, 2_000));
    expect(sent.flatMap(({ events }) => events)).toEqual([{ type: 'online', at: 3_000, userId }]);
  });

  it('of many people in one batch makes one job of their room', async () => {
    const shared = await room('shared', 2);
    await keep(told(false, 1_000), { ...told(false, 1_001), userId: 'm1' });
    const ofShared = sent.filter((job) => job.room === shared);
    expect(ofShared.map(({ events }) => events.length)).toEqual([2]);
  });

  it('of somebody in very many rooms is told where they were last', async () => {
    const old = await room('old', 1, now - 1_000);
    const newer = Array.from({ length: limits.roomsPerConnection }, (_, index) => `r${index}`);
    await Promise.all(newer.map((name) => room(name, 1)));
    await keep(told(true, 1_000));
    expect(sent).toHaveLength(limits.roomsPerConnection);
    expect(sent.map((job) => job.room)).not.toContain(old);
  });
});

describe('what does not work', () => {
  it('fails for its person alone', async () => {
    const { presences, rooms, connections } = storage();
    const mine = told(true, 1_000);
    const roomId = await room('mine');
    const other = { userId: `${userId}-other`, connectionId: 'c' };
    await connections.open(other, now);
    const news = [mine, { userId: other.userId, mayDiffer: true }];
    const failures = await keepPresence(news, { presences, rooms, sendJobs: async (jobs) => jobs });
    expect([...failures.keys()]).toEqual([mine]);
    expect(String(failures.get(mine))).toContain(roomId);
    expect(await presences.read(other.userId)).toMatchObject({ online: true });
  });

  it('fails for who had to be told, where the queue is gone', async () => {
    const { presences, rooms } = storage();
    await room('mine');
    const mine = told(true, 1_000);
    const sendJobs = async () => Promise.reject(new Error('No queue'));
    const news = [mine, { userId: `${userId}-other`, mayDiffer: true }];
    const failures = await keepPresence(news, { presences, rooms, sendJobs });
    expect([...failures]).toEqual([[mine, new Error('No queue')]]);
  });

  it('fails for who is looked for, where the table is gone', async () => {
    const { proxy } = storage();
    proxy.faults = (_, body) =>
      body.includes('PRESENCE') ? { status: 400, type: 'AccessDeniedException', message: 'no' } : undefined;
    const mine = connected();
    const failures = await keep(mine);
    proxy.faults = undefined;
    expect([...failures.keys()]).toEqual([mine]);
  });
});
