import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RoomEvent } from '#shared/contract/events.ts';
import { members } from '#shared/contract/http.ts';
import { limits } from '#shared/contract/limits.ts';
import { connectionKeys, roomKeys } from '#shared/storage/keys.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage, userIdOf } from '#test/support/storage.ts';
import { Viewer } from '#test/support/viewer.ts';

const cloud = testCloud({ ttlSweepMs: 100 });
const room = 'small';
const names = [
  'alice',
  'watcher',
  'tabs',
  'closing',
  'killed',
  'pruned',
  'expiring',
  'late',
  'flapping',
  'crowd',
];
const ids = new Map<string, string>();
let storage: Storage;
/** Who looks on, through the typed client and by the frame. */
let alice: Viewer;
let watcher: RawClient;

beforeAll(async () => {
  storage = new Storage(cloud());
  await storage.createRoom(room, names);
  for (const name of names) ids.set(name, await userIdOf(cloud(), name));
  watcher = await RawClient.signIn(cloud(), 'watcher');
  await watcher.subscribe(room);
  alice = Viewer.look(cloud(), 'alice', room);
  return () => {
    alice.close();
    watcher.close();
  };
});

const idOf = (name: string) => ids.get(name) ?? '';
const seen = (name: string) => alice.room.online.has(idOf(name));
const isSeen = async (name: string) => await expect.poll(() => seen(name)).toBe(true);
const isGone = async (name: string) => await expect.poll(() => seen(name)).toBe(false);

/** What the room was told of a person, by the frames. */
function told(name: string): string[] {
  return presenceOf(watcher.events(room))
    .filter(({ userId }) => userId === idOf(name))
    .map(({ type }) => type);
}

function presenceOf(events: RoomEvent[]) {
  return events.filter((event) => event.type === 'online' || event.type === 'offline');
}

async function listed(name: string, of = room): Promise<boolean | undefined> {
  const { accessToken } = await cloud().identity.accessToken('alice');
  const headers = { authorization: `Bearer ${accessToken}` };
  const response = await fetch(`${cloud().url}/api/rooms/${of}/members`, { headers });
  return members.parse(await response.json()).members.find(({ userId }) => userId === idOf(name))?.online;
}

describe('somebody is seen to go', () => {
  it('who closes, and to be there while connected', async () => {
    const closing = await Viewer.open(cloud(), 'closing', room);
    await isSeen('closing');
    expect(await listed('closing')).toBe(true);
    // Who comes later is told who is there, and is there at once.
    const late = await Viewer.open(cloud(), 'late', room);
    expect([...late.room.online]).toEqual(expect.arrayContaining(['alice', 'closing', 'late'].map(idOf)));
    closing.close();
    await isGone('closing');
    expect(await listed('closing')).toBe(false);
    await expect.poll(() => late.room.online.has(idOf('closing'))).toBe(false);
    late.close();
  });

  it('whose process is killed', async () => {
    const { accessToken } = await cloud().identity.accessToken('killed');
    const url = `${cloud().url.replace('http', 'ws')}/ws`;
    const script = join(import.meta.dirname, 'support', 'client-process.ts');
    const child = spawn(process.execPath, [script, url, accessToken, room], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await isSeen('killed');
    child.kill('SIGKILL');
    await isGone('killed');
  });

  it('whose connection is found gone', async () => {
    const pruned = await RawClient.signIn(cloud(), 'pruned');
    await pruned.subscribe(room);
    await isSeen('pruned');
    const [gone] = await storage.connections.ofUser(idOf('pruned'));
    cloud().gateway.faults = (id) => (id === gone?.connectionId ? { status: 410 } : undefined);
    await watcher.send(room, 'are you there?');
    await isGone('pruned');
    cloud().gateway.faults = undefined;
    pruned.close();
  });

  it('whose connection expires, since its end got lost', async () => {
    const row = {
      ...connectionKeys.connection(idOf('expiring'), 'lost='),
      rooms: {},
      connectedAt: Date.now(),
    };
    const seconds = Math.floor(Date.now() / 1000);
    await storage.write('Connections', [{ ...row, expiresAt: seconds + 3_600 }]);
    await isSeen('expiring');
    await storage.write('Connections', [{ ...row, expiresAt: seconds - 1 }]);
    await isGone('expiring');
    expect(await storage.connections.ofUser(idOf('expiring'))).toEqual([]);
  });

  it('with the last of two tabs, and is told of once', async () => {
    const first = await Viewer.open(cloud(), 'tabs', room);
    await isSeen('tabs');
    const second = await Viewer.open(cloud(), 'tabs', room);
    first.close();
    await expect.poll(() => storage.connections.ofUser(idOf('tabs'))).toHaveLength(1);
    // Somebody else's coming and going is told after it, had there been something to tell.
    const closing = await Viewer.open(cloud(), 'closing', room);
    await isSeen('closing');
    closing.close();
    await isGone('closing');
    expect(seen('tabs')).toBe(true);
    expect(await listed('tabs')).toBe(true);
    second.close();
    await isGone('tabs');
    expect(told('tabs')).toEqual(['online', 'offline']);
  });

  it('at last, however many of their tabs come and go at once', async () => {
    const presence = connectionKeys.presence(idOf('flapping'));
    const flaps = Array.from({ length: 8 }, async () => {
      for (let times = 0; times < 3; times++) (await RawClient.signIn(cloud(), 'flapping')).close();
    });
    await Promise.all(flaps);
    await expect.poll(() => storage.connections.ofUser(idOf('flapping'))).toEqual([]);
    const last = await RawClient.signIn(cloud(), 'flapping');
    await isSeen('flapping');
    last.close();
    await isGone('flapping');
    // A standard queue keeps no order: what they were told last is what the row says.
    const rows = async () => (await storage.rows('Connections')).filter(({ pk }) => pk === presence.pk);
    await expect.poll(rows).toEqual([expect.objectContaining({ ...presence, online: false })]);
    await isGone('flapping');
  });
});

it('who joins while online is seen at once', async () => {
  await storage.createRoom('joined', ['alice']);
  await storage.documents.send(
    new UpdateCommand({
      TableName: storage.table('Rooms'),
      Key: roomKeys.room('joined'),
      UpdateExpression: 'SET visibility = :public',
      ExpressionAttributeValues: { ':public': 'public' },
    }),
  );
  const viewer = await Viewer.open(cloud(), 'alice', 'joined');
  const { accessToken } = await cloud().identity.accessToken('watcher');
  const response = await fetch(`${cloud().url}/api/rooms/joined/members/me`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${accessToken}` },
  });
  expect(response.status).toBe(201);
  await expect.poll(() => viewer.room.online.has(idOf('watcher'))).toBe(true);
  viewer.close();
});

it('a crowd is told of nobody', async () => {
  await storage.createRoom('crowd', ['alice', 'watcher', 'crowd']);
  const counter = { ...roomKeys.seq('crowd'), seq: 0, members: limits.presenceMembers + 1 };
  await storage.write('Rooms', [counter]);
  await watcher.subscribe('crowd');
  const crowd = await RawClient.signIn(cloud(), 'crowd');
  const reply = await crowd.request({ action: 'subscribe', rooms: [{ room: 'crowd', present: true }] });
  expect(reply).toMatchObject({ type: 'subscribed', rooms: [{ room: 'crowd' }] });
  expect(reply).not.toHaveProperty('rooms.0.present');
  await isSeen('crowd');
  crowd.close();
  await isGone('crowd');
  await watcher.send('crowd', 'is it loud here?');
  await watcher.received('crowd', 1);
  expect(presenceOf(watcher.events('crowd'))).toEqual([]);
  expect(await listed('crowd', 'crowd')).toBeUndefined();
});
