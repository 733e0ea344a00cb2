import { vi } from 'vitest';
import type { Cloud } from '#local/cloud.ts';
import { S3Refusal } from '#local/engines/s3-refusal.ts';
import { limits } from '#shared/contract/limits.ts';
import { connectionKeys, roomKeys } from '#shared/storage/keys.ts';
import { PushSubscriptions } from '#shared/storage/push-subscriptions.ts';
import { socketLifeMs } from '#shared/storage/socket-deadline.ts';
import { apiOf, sendFile } from '#test/support/files.ts';
import type { HttpsReceiver } from '#test/support/https-receiver.ts';
import { logLine } from '#test/support/log-line.ts';
import { PushBrowser } from '#test/support/push-browser.ts';
import { Queue } from '#test/support/queue.ts';
import { RawClient, UpgradeRefused } from '#test/support/raw-client.ts';
import { Storage, userIdOf } from '#test/support/storage.ts';
import { age, sweepAnew } from '#test/support/sweeper.ts';

/**
 * Lets everything happen once that Fanfare measures, what goes wrong too. Not all of it is over when this returns.
 * @param receiver what people's URLs lead to; the cloud's functions may reach it
 */
export async function letEverythingHappen(cloud: Cloud, receiver: HttpsReceiver): Promise<void> {
  const storage = new Storage(cloud);
  await storage.createRoom('lively', ['alice', 'bob']);
  const alice = await RawClient.signIn(cloud, 'alice');
  const bob = await RawClient.signIn(cloud, 'bob');
  await alice.subscribe('lively');
  await alice.send('lively', 'hello');
  await alice.received('lively', 1);

  await upgradesAreRefused(cloud);
  await framesAreRefused(cloud, storage, bob);
  await framesFail(cloud, alice);
  await postsFail(cloud, alice);
  await typingIsStale(cloud);
  await busRefuses(cloud, alice);
  await filesComeAndGo(cloud, alice);
  await aShardGrows(storage, alice);
  await socketsAreSwept(cloud, storage);
  await aRoomShrinks(storage, alice);
  await presenceFails(cloud);
  await pushesGoEachWay(cloud, storage, alice, receiver);
  await webhooksAreTriedAndDisabled(cloud, storage, alice, receiver);

  const { accessToken } = await cloud.identity.accessToken('alice');
  await fetch(`${cloud.url}/api/me`, { headers: { authorization: `Bearer ${accessToken}` } });
  bob.close();
}

async function upgradesAreRefused(cloud: Cloud): Promise<void> {
  await refused(RawClient.open(cloud, ['fanfare.v1']));
  await refused(RawClient.connect(cloud, 'not.a.token'));
  const expired = await cloud.identity.accessToken('alice', { expiresInSeconds: -1 });
  await refused(RawClient.connect(cloud, expired.accessToken));

  // A new environment fetches the pool's keys, and does not get them.
  await cloud.lambda.kill('fanfare-authorize');
  const outage = vi.spyOn(cloud.identity, 'handle').mockImplementation(async (_, response) => {
    response.writeHead(503).end();
  });
  await refused(RawClient.signIn(cloud, 'alice'));
  outage.mockRestore();
}

async function refused(upgrade: Promise<RawClient>): Promise<void> {
  const error = await upgrade.then(
    () => new Error('It was not refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UpgradeRefused)) throw error;
}

async function framesAreRefused(cloud: Cloud, storage: Storage, bob: RawClient): Promise<void> {
  bob.sendText('not JSON');
  await bob.next((frame) => frame.type === 'error' && frame.code === 'bad_frame');
  await bob.request({ action: 'dance' });
  for (const action of ['sendMessage', 'subscribe', 'unsubscribe']) await bob.request({ action });
  for (const action of ['editMessage', 'deleteMessage', 'react', 'markRead']) await bob.request({ action });
  bob.sendText('{"action":"typing"}');
  await bob.request({ action: 'authenticate' });
  await bob.request({ action: 'authenticate', token: 'not.a.token' });
  await inRoom(bob, 'elsewhere');
  await bob.request({ action: 'subscribe', rooms: [{ room: 'elsewhere' }] });

  const userId = await userIdOf(cloud, 'bob');
  const member = { name: 'bob', role: 'member', readSeq: 0, joinedAt: 0, mutedUntil: Date.now() + 3_600_000 };
  await storage.createRoom('quiet', []);
  await storage.write('Rooms', [{ ...roomKeys.member('quiet', userId), userId, ...member }]);
  await storage.writeHistory('quiet', 1);
  await inRoom(bob, 'quiet');

  await storage.createRoom('done', ['bob']);
  await storage.writeHistory('done', 1);
  const archived = { name: 'done', visibility: 'private', mode: 'open', createdAt: 0, archivedAt: 1 };
  await storage.write('Rooms', [{ ...roomKeys.room('done'), ...archived }]);
  await inRoom(bob, 'done');

  // What alice wrote, and what nobody did.
  for (const seq of [1, 1_000]) await inRoom(bob, 'lively', seq);

  // So deep in debt that the refusal does not depend on how fast this machine sends.
  const debt = { version: 1, sends: [], tokens: -1_000, refilledAt: Date.now() };
  const { Put } = storage.rooms.putSender('lively', userId, debt);
  if (Put?.Item) await storage.write('Rooms', [Put.Item]);
  await bob.request({ action: 'sendMessage', room: 'lively', text: 'hello' });

  const [connection] = await storage.connections.ofUser(userId);
  const rooms = Object.fromEntries(Array.from({ length: limits.roomsPerConnection }, (_, i) => [`r${i}`, 0]));
  const row = connectionKeys.connection(userId, connection?.connectionId ?? '');
  await storage.write('Connections', [{ ...row, rooms, connectedAt: Date.now() }]);
  await bob.request({ action: 'subscribe', rooms: [{ room: 'lively' }] });
}

/** Each frame that is about one room, and the first message there if no other. */
async function inRoom(client: RawClient, room: string, seq = 1): Promise<void> {
  const about = { room, seq };
  await client.request({ action: 'sendMessage', room, text: 'hello' });
  await client.request({ action: 'editMessage', ...about, text: 'hello' });
  await client.request({ action: 'deleteMessage', ...about });
  await client.request({ action: 'react', ...about, emoji: '👍', on: true });
  await client.request({ action: 'markRead', ...about });
  client.sendText(JSON.stringify({ action: 'typing', room }));
}

async function framesFail(cloud: Cloud, alice: RawClient): Promise<void> {
  const { accessToken } = await cloud.identity.accessToken('alice');
  cloud.dynamodb.proxy.faults = () => ({ status: 400, type: 'AccessDeniedException', message: 'A fault' });
  const failed = logLine(cloud, '/fanfare/typing', '"Unavailable"');
  await inRoom(alice, 'lively');
  await alice.request({ action: 'subscribe', rooms: [{ room: 'lively' }] });
  await alice.request({ action: 'unsubscribe', rooms: ['lively'] });
  await alice.request({ action: 'authenticate', token: accessToken });
  await failed;
  cloud.dynamodb.proxy.faults = undefined;
}

/** Throttled through every try and requeue of one message, which takes a quarter of a minute. */
async function postsFail(cloud: Cloud, alice: RawClient): Promise<void> {
  const received = new Set(alice.messages('lively').map(({ seq }) => seq)).size;
  const gaveUp = logLine(cloud, '/fanfare/deliver', '"Undeliverable"');
  cloud.gateway.faults = () => ({ status: 429 });
  await alice.send('lively', 'into the void');
  await gaveUp;
  cloud.gateway.faults = undefined;
  await alice.received('lively', received + 1, 60_000);
}

async function typingIsStale(cloud: Cloud): Promise<void> {
  const event = { type: 'typing', at: Date.now() - limits.typingMs - 1, userId: 'u', name: 'U' };
  const job = { room: 'lively', shard: 0, shards: 1, events: [event] };
  const dropped = logLine(cloud, '/fanfare/deliver', '"StaleTyping"');
  await new Queue(cloud, 'fanfare-deliveries').send(JSON.stringify(job));
  await dropped;
}

async function busRefuses(cloud: Cloud, alice: RawClient): Promise<void> {
  let refusals = 3;
  const refusal = { ErrorCode: 'InternalFailure', ErrorMessage: 'A fault' };
  cloud.events.faults = { entry: () => (refusals-- > 0 ? refusal : undefined) };
  await alice.send('lively', 'is anybody listening?');
  await vi.waitUntil(() => refusals < 0, { timeout: 30_000 });
  cloud.events.faults = {};
}

/** Sent, looked at and deleted, once while S3 fails; and one that was never uploaded. */
async function filesComeAndGo(cloud: Cloud, alice: RawClient): Promise<void> {
  const room = 'lively';
  const told = (metric: string) => logLine(cloud, '/fanfare/attachments', `"${metric}"`);
  const deleteFile = async (metric: string) => {
    const kept = told('FilesKept');
    const { seq, attachment } = await sendFile(cloud, { name: 'alice', client: alice, room });
    await apiOf(cloud, 'alice').download(room, seq, attachment.id);
    await kept;
    const done = told(metric);
    await alice.request({ action: 'deleteMessage', room, seq });
    await done;
    return attachment;
  };
  cloud.queues.s3.faults = ({ url }) =>
    url.includes('?delete') ? new S3Refusal(403, 'AccessDenied', 'A fault') : undefined;
  const attachment = await deleteFile('FailedFiles');
  cloud.queues.s3.faults = undefined;
  await deleteFile('FilesErased');
  const missing = told('FilesMissing');
  const attachments = [{ ...attachment, id: 'A'.repeat(22) }];
  await alice.request({ action: 'sendMessage', room, text: '', attachments });
  await missing;
}

/**
 * A socket whose token is over, one that is gone, and one that is to move, which cannot be told at first. The cloud's own
 * run of a minute may come between, and do a part of it: so it is set up again until all was measured.
 */
async function socketsAreSwept(cloud: Cloud, storage: Storage): Promise<void> {
  const missing = new Set(['ExpiredClosed', 'ReconnectsAsked', 'SweptStale', 'SweepFailures']);
  const stop = cloud.logs.onLine((group, line) => {
    if (group !== '/fanfare/sweep' || !line.includes('"_aws"')) return;
    for (const metric of missing) if (line.includes(`"${metric}"`)) missing.delete(metric);
  });
  while (missing.size > 0) await sweepThree(cloud, storage);
  stop();
}

async function sweepThree(cloud: Cloud, storage: Storage): Promise<void> {
  const { accessToken } = await cloud.identity.accessToken('carol', { expiresInSeconds: 30 });
  const carol = await RawClient.connect(cloud, accessToken);
  const dave = await RawClient.signIn(cloud, 'dave');
  const inAMinute = Date.now() + 60_000;
  await storage.connections.open({ userId: 'ghost', connectionId: 'ghost=' }, Date.now(), inAMinute - 1_000);
  await age(storage, await userIdOf(cloud, 'dave'), socketLifeMs - 4 * 60_000);
  cloud.gateway.faults = () => ({ status: 500 });
  await sweepAnew(cloud, storage, inAMinute);
  cloud.gateway.faults = undefined;
  await sweepAnew(cloud, storage, inAMinute);
  carol.close();
  dave.close();
}

/** More subscriptions than a shard should have, all of sockets that are gone. */
async function aShardGrows(storage: Storage, alice: RawClient): Promise<void> {
  const ghosts = Array.from({ length: 1_001 }, (_, i) => ({
    ...connectionKeys.subscription('crowded', 0, `!${i}`),
    userId: 'ghost',
  }));
  await storage.write('Connections', ghosts);
  // Last, since that alice joins is told too, and who is found gone is removed.
  await storage.createRoom('crowded', ['alice']);
  await alice.send('crowded', 'is this full?');
  const counts = async () => (await storage.rooms.readForSend('crowded', '')).room?.shardCounts;
  await vi.waitUntil(async () => (await counts())?.length === 2, { timeout: 30_000 });
}

/** While somebody comes, who is found to be there when the stream offers that again. */
async function presenceFails(cloud: Cloud): Promise<void> {
  const failed = logLine(cloud, '/fanfare/presence', '"FailedPresences"');
  cloud.dynamodb.proxy.faults = (_, body) =>
    body.includes('PRESENCE')
      ? { status: 400, type: 'AccessDeniedException', message: 'A fault' }
      : undefined;
  const carol = await RawClient.signIn(cloud, 'carol');
  await failed;
  cloud.dynamodb.proxy.faults = undefined;
  carol.close();
}

/** More shards than connections have need of, and for longer than a connection lives. */
async function aRoomShrinks(storage: Storage, alice: RawClient): Promise<void> {
  await storage.createRoom('emptied', ['alice']);
  const large = { name: 'emptied', visibility: 'private', mode: 'open', createdAt: 0 };
  const shardCounts = [{ shards: 2, from: 0 }];
  await storage.write('Rooms', [{ ...roomKeys.room('emptied'), ...large, shardCounts }]);
  await alice.send('emptied', 'is anybody there?');
}

/** Somebody who is not there, with a browser that takes pushes, one whose push service does not, and one that is gone. */
async function pushesGoEachWay(
  cloud: Cloud,
  storage: Storage,
  alice: RawClient,
  receiver: HttpsReceiver,
): Promise<void> {
  const statuses = [201, 400, 410];
  receiver.answer = ({ path }) => ({ status: Number(path.slice(1)) });
  const away = await userIdOf(cloud, 'away');
  const subscriptions = new PushSubscriptions(storage.documents, storage.table('People'));
  for (const status of statuses)
    await subscriptions.add(away, new PushBrowser(`${receiver.url}/${status}`), Date.now());
  await storage.createRoom('waiting', ['alice', 'away']);
  await alice.send('waiting', `<@${away}> where are you?`);
  await vi.waitUntil(() => receiver.received.length === statuses.length, { timeout: 30_000 });
}

/** One that takes a message, does not take the next, and is gone at the third. */
async function webhooksAreTriedAndDisabled(
  cloud: Cloud,
  storage: Storage,
  alice: RawClient,
  receiver: HttpsReceiver,
): Promise<void> {
  await storage.createRoom('hooked', ['alice']);
  const url = `${receiver.url}/hook`;
  const webhook = { roomId: 'hooked', id: 'w', url, secret: 's', createdBy: 'alice', createdAt: 1 };
  await storage.webhooks.add(webhook);
  for (const [status, metric] of [
    [204, 'WebhookPosts'],
    [500, 'WebhookRetries'],
    [410, 'WebhooksDisabled'],
  ] as const) {
    receiver.answer = () => ({ status });
    const measured = logLine(cloud, '/fanfare/webhooks', `"${metric}"`);
    await alice.send('hooked', `to be answered ${status}`);
    await measured;
  }
}
