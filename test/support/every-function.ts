import { vi } from 'vitest';
import type { Cloud } from '#local/cloud.ts';
import { myRoom } from '#shared/contract/http.ts';
import { transact } from '#shared/storage/documents.ts';
import { connectionKeys } from '#shared/storage/keys.ts';
import { PushSubscriptions } from '#shared/storage/push-subscriptions.ts';
import { socketLifeMs } from '#shared/storage/socket-deadline.ts';
import { apiOf, sendFile } from './files.ts';
import { PushBrowser } from './push-browser.ts';
import { Queue } from './queue.ts';
import { RawClient } from './raw-client.ts';
import { Storage, userIdOf } from './storage.ts';
import { age, sweep } from './sweeper.ts';

/** More connections than one page of a shard holds, none of which is there. */
const ghosts = 1_010;

/**
 * Does once what each function can do, so that each grant is needed: sign-in, connect, subscribe, send, edit, delete,
 * react, read, type, deliver (with a full shard, dead connections and a requeue), publish, the HTTP API, unsubscribe, leave, disconnect.
 */
export async function exerciseEveryFunction(cloud: Cloud): Promise<void> {
  const storage = new Storage(cloud);
  const alice = await RawClient.signIn(cloud, 'alice');
  const bob = await RawClient.signIn(cloud, 'bob');
  await alice.subscribe('general');
  await bob.subscribe('general');
  await alice.request({ action: 'nothing' });

  // The first post of each connection fails throughout one invocation, so its job is requeued.
  const failures = new Map<string, number>();
  cloud.gateway.faults = (connectionId) => {
    const failed = failures.get(connectionId) ?? 0;
    failures.set(connectionId, failed + 1);
    return failed < 3 ? { status: 500 } : undefined;
  };
  await alice.send('general', 'once more');
  await bob.received('general', 1);
  cloud.gateway.faults = undefined;

  await storage.write('Connections', ghostRows());
  await bob.send('general', 'to a full shard');
  await alice.received('general', 2);
  await eventually(async () => (await storage.subscriptions('general')).length === 2);

  const room = 'general';
  const seq = await alice.send(room, 'to be changed');
  const changedAfter = Date.now() - 60_000;
  await alice.request({ action: 'react', room, seq, emoji: '👍', on: true });
  await alice.request({ action: 'editMessage', room, seq, text: 'changed' });
  await alice.request({ action: 'deleteMessage', room, seq });
  await alice.request({ action: 'markRead', room, seq });
  await alice.request({ action: 'subscribe', rooms: [{ room, after: seq, changedAfter, present: true }] });
  await handleAFile(cloud, alice);
  alice.sendText(JSON.stringify({ action: 'typing', room }));
  await bob.event(room, ({ type }) => type === 'typing');

  await call(cloud, 'alice', 'GET', 'me');
  await call(cloud, 'alice', 'GET', 'rooms');
  await call(cloud, 'alice', 'GET', 'rooms/general/messages');
  await call(cloud, 'alice', 'GET', 'rooms/general/messages/1');
  await call(cloud, 'alice', 'PATCH', 'me', { name: 'Alice' });
  await call(cloud, 'alice', 'GET', 'people?name=a');
  await call(cloud, 'alice', 'GET', `people?ids=${await userIdOf(cloud, 'bob')}`);
  await call(cloud, 'alice', 'GET', 'rooms/public');
  const made = myRoom.parse(await call(cloud, 'alice', 'POST', 'rooms', { name: 'Another' }));
  await call(cloud, 'alice', 'PUT', `rooms/${made.room}/members/${await userIdOf(cloud, 'bob')}`);
  await bob.request({ action: 'unsubscribe', rooms: ['general'] });
  await call(cloud, 'alice', 'GET', 'rooms/general/members');
  await call(cloud, 'alice', 'DELETE', 'rooms/general/members/me');

  await notifySomebody(cloud, storage, alice);
  await postToAWebhook(cloud, storage, alice);
  await sweepSockets(cloud, storage, bob);

  await bob.subscribe('general');
  bob.close();
  alice.close();
  await eventually(async () =>
    (await storage.rows('Connections')).every(
      ({ sk, online }) => sk === connectionKeys.sweep.sk || (sk === 'PRESENCE' && online === false),
    ),
  );
  await eventually(() => cloud.roles.calls().some(({ action }) => action === 'events:PutEvents'));
}

/** A mention of, and a direct message to, somebody who is not there, and whose browser is nowhere. */
async function notifySomebody(cloud: Cloud, storage: Storage, alice: RawClient): Promise<void> {
  await new Queue(cloud, 'fanfare-notifications').offerAfter(0);
  await call(cloud, 'alice', 'GET', 'push');
  const away = await userIdOf(cloud, 'away');
  const browser = new PushBrowser('https://10.0.0.1/');
  const subscriptions = new PushSubscriptions(storage.documents, storage.table('People'));
  const told = async (room: string) => {
    await subscriptions.add(away, browser, Date.now());
    await alice.send(room, `<@${away}>`);
    await eventually(async () => (await subscriptions.list(away)).length === 0);
  };
  await storage.createRoom('waiting', ['alice', 'away']);
  await told('waiting');
  const { room } = myRoom.parse(await call(cloud, 'alice', 'POST', 'directs', { people: [away] }));
  await told(room);
}

/** A token that is renewed, a socket that is asked to move, and one that has expired and is gone. */
async function sweepSockets(cloud: Cloud, storage: Storage, bob: RawClient): Promise<void> {
  const { accessToken } = await cloud.identity.accessToken('bob', { expiresInSeconds: 7_200 });
  await bob.request({ action: 'authenticate', token: accessToken });
  await age(storage, await userIdOf(cloud, 'bob'), socketLifeMs - 4 * 60_000);
  const now = Date.now();
  const ghost = { userId: 'ghost', connectionId: 'expired=' };
  await storage.connections.open(ghost, now, now + 30_000);
  const subscription = storage.connections.subscribe(ghost, new Map([['general', 0]]), now);
  await transact(storage.documents, subscription);
  await sweep(cloud, now + 60_000);
}

/** To one that is nowhere, and so fails at once. */
async function postToAWebhook(cloud: Cloud, storage: Storage, alice: RawClient): Promise<void> {
  const { room } = myRoom.parse(await call(cloud, 'alice', 'POST', 'rooms', { name: 'Hooked' }));
  const webhook = {
    roomId: room,
    id: 'w',
    url: 'https://10.0.0.1/',
    secret: 's',
    createdBy: 'a',
    createdAt: 1,
  };
  await storage.webhooks.add(webhook);
  await alice.send(room, 'hello');
  await eventually(async () => (await storage.webhooks.read(room, 'w'))?.failures === 1);
}

/** Uploaded, sent, downloaded and deleted, each as soon as what follows from the step before is done. */
async function handleAFile(cloud: Cloud, alice: RawClient): Promise<void> {
  const room = 'general';
  const done = (action: string) =>
    eventually(() => cloud.roles.calls().some((call) => call.action === action));
  const { seq, attachment } = await sendFile(cloud, { name: 'alice', client: alice, room });
  await done('s3:DeleteObjectTagging');
  const { url } = await apiOf(cloud, 'alice').download(room, seq, attachment.id);
  await fetch(url);
  await alice.request({ action: 'deleteMessage', room, seq });
  await done('s3:DeleteObject');
}

async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(isSo, { timeout: 60_000, interval: 200 });
}

/** Subscriptions of connections that are gone, each with its connection's own row. */
function ghostRows(): object[] {
  return Array.from({ length: ghosts }, (_, index) => `ghost-${index}=`).flatMap((connectionId) => [
    { ...connectionKeys.connection('ghost', connectionId), rooms: { general: 0 }, connectedAt: 0 },
    { ...connectionKeys.subscription('general', 0, connectionId), userId: 'ghost' },
  ]);
}

async function call(
  cloud: Cloud,
  name: string,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const { accessToken } = await cloud.identity.accessToken(name);
  const headers = { authorization: `Bearer ${accessToken}` };
  const response = await fetch(`${cloud.url}/api/${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : await response.json();
}
