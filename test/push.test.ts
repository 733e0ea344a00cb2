import { importJWK, jwtVerify } from 'jose';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { limits } from '#shared/contract/limits.ts';
import { connectionKeys, pushKeys } from '#shared/storage/keys.ts';
import { PushSubscriptions } from '#shared/storage/push-subscriptions.ts';
import { testCloud } from '#test/support/cloud.ts';
import { assemblyThatReachesLoopback, httpsReceiver } from '#test/support/https-receiver.ts';
import { PushBrowser } from '#test/support/push-browser.ts';
import { Queue } from '#test/support/queue.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage, userIdOf } from '#test/support/storage.ts';

const cloud = testCloud({ assembly: assemblyThatReachesLoopback() });
const pushService = httpsReceiver();

const ids: Record<'alice' | 'bob' | 'carol' | 'dave', string> = { alice: '', bob: '', carol: '', dave: '' };
let storage: Storage;
let subscriptions: PushSubscriptions;
let queue: Queue;
let alice: RawClient;
/** Every line of the function's log. */
const log: string[] = [];

beforeAll(async () => {
  storage = new Storage(cloud());
  subscriptions = new PushSubscriptions(storage.documents, storage.table('People'));
  queue = new Queue(cloud(), 'fanfare-notifications');
  await queue.retryAfter(1);
  await queue.offerAfter(0);
  cloud().logs.onLine((group, line) => {
    if (group === '/fanfare/notify') log.push(line);
  });
  await storage.createRoom('talk', ['alice', 'bob', 'carol', 'dave']);
  ids.alice = await userIdOf(cloud(), 'alice');
  ids.bob = await userIdOf(cloud(), 'bob');
  ids.carol = await userIdOf(cloud(), 'carol');
  ids.dave = await userIdOf(cloud(), 'dave');
  alice = await RawClient.signIn(cloud(), 'alice');
});

afterEach(async () => {
  for (const name of ['alice', 'bob', 'carol', 'dave'] as const) {
    const all = await subscriptions.list(ids[name]);
    const endpoints = all.map(({ endpoint }) => endpoint);
    await subscriptions.remove(ids[name], endpoints);
  }
});

async function call(who: string, method: string, path: string, body?: unknown): Promise<Response> {
  const { accessToken } = await cloud().identity.accessToken(who);
  return await fetch(`${cloud().url}/api/${path}`, {
    method,
    headers: { authorization: `Bearer ${accessToken}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** A browser of somebody's that is subscribed, at this path of the push service. */
async function browserOf(who: string, path = `/${who}`): Promise<PushBrowser> {
  const browser = new PushBrowser(`${pushService().url}${path}`);
  const response = await call(who, 'PUT', 'me/push', browser);
  expect(response.status).toBe(204);
  return browser;
}

/** The event of a message as EventBridge puts it on the queue. */
const eventOf = (room: string, seq: number, at = Date.now()) =>
  JSON.stringify({ 'detail-type': 'MessageSent', detail: { room, seq, at } });

const paths = () => pushService().received.map(({ path }) => path);

/** Waits until so many pushes came and nothing is left to do; returns the paths that they came to. */
async function pushed(count: number): Promise<string[]> {
  await expect.poll(() => paths().length).toBeGreaterThanOrEqual(count);
  await queue.drained();
  return paths().toSorted();
}

describe('a mention', () => {
  it('is pushed to who is not there: once, to them alone, and for their eyes only', async () => {
    const browser = await browserOf('bob');
    for (const name of ['alice', 'carol', 'dave']) await browserOf(name);
    const carol = await RawClient.signIn(cloud(), 'carol');
    await storage.rooms.removeMember('talk', ids.dave);
    const mentions = Object.values(ids).map((id) => `<@${id}>`);
    const seq = await alice.send('talk', `${mentions.join(' ')} <b>come</b>\n\nnow`);

    expect(await pushed(1)).toEqual(['/bob']);
    const [push] = pushService().received;
    expect(browser.open(push?.body ?? Buffer.of())).toEqual({
      room: 'talk',
      roomName: 'talk',
      seq,
      from: 'alice',
      text: '@alice @bob @carol @somebody <b>come</b> now',
    });
    expect(push?.headers).toMatchObject({
      ttl: '86400',
      urgency: 'high',
      topic: expect.stringMatching(/^[\w-]{32}$/),
      'content-encoding': 'aes128gcm',
    });
    await expectVapid(push?.headers.authorization);

    // The queue offers messages more than once, and the bus may have an event twice.
    await Promise.all([1, 2, 3].map(() => queue.send(eventOf('talk', seq))));
    await queue.drained();
    expect(paths()).toEqual(['/bob']);
    carol.close();
  });

  it('is pushed to who is gone without a goodbye: delivering the message finds that out first', async () => {
    await queue.offerAfter(3);
    await browserOf('bob');
    const ghost = { userId: ids.bob, connectionId: 'ghost=' };
    await storage.write('Connections', [
      {
        ...connectionKeys.connection(ghost.userId, ghost.connectionId),
        rooms: { talk: 0 },
        connectedAt: Date.now(),
        tokenExpiresAt: Date.now() + 3600_000,
        expiresAt: Math.floor(Date.now() / 1000) + 3600,
      },
      { ...connectionKeys.subscription('talk', 0, ghost.connectionId), userId: ghost.userId },
    ]);
    await alice.send('talk', `<@${ids.bob}> hello?`);
    expect(await pushed(1)).toEqual(['/bob']);
    await queue.offerAfter(0);
  });

  it('of nobody comes to nobody’s queue', async () => {
    await browserOf('bob');
    const plain = await alice.send('talk', 'nobody in particular');
    const mention = await alice.send('talk', `<@${ids.bob}>`);
    expect(await pushed(1)).toEqual(['/bob']);
    const told = (seq: number) => log.some((line) => line.includes(`"seqs":[${seq}]`));
    expect([told(plain), told(mention)]).toEqual([false, true]);
  });

  it('that was deleted, read elsewhere, or is of the day before yesterday, is not pushed', async () => {
    await browserOf('bob');
    await storage.createRoom('past', ['alice', 'bob']);
    const old = Date.now() - 48 * 3600_000;
    const message = { roomId: 'past', version: 1, sender: ids.alice, senderName: 'alice', shards: 1 };
    const mention = { ...message, text: `<@${ids.bob}>`, mentions: [ids.bob], sentAt: Date.now() };
    await storage.write('Messages', [
      { ...mention, seq: 1, id: 'read' },
      { ...mention, seq: 2, id: 'deleted', text: '', deletedAt: Date.now() },
      { ...mention, seq: 3, id: 'old', sentAt: old },
      { ...mention, seq: 4, id: 'new' },
    ]);
    await storage.rooms.markRead('past', ids.bob, { seq: 1, shards: 1, small: true }, Date.now());
    await queue.send(eventOf('past', 1));
    await queue.send(eventOf('past', 2));
    await queue.send(eventOf('past', 3, old));
    await queue.drained();
    await queue.send(eventOf('past', 4));
    expect(await pushed(1)).toEqual(['/bob']);
  });

  it('is pushed again only where the push service could not take it', async () => {
    await browserOf('bob', '/phone');
    await browserOf('bob', '/laptop');
    await browserOf('dave');
    await storage.createRoom('retried', ['alice', 'bob', 'dave']);
    let refusals = 0;
    pushService().answer = ({ path }) => ({ status: path === '/phone' && refusals++ < 1 ? 503 : 201 });
    await alice.send('retried', `<@${ids.bob}> <@${ids.dave}>`);
    expect(await pushed(4)).toEqual(['/dave', '/laptop', '/phone', '/phone']);
  });

  it.each([404, 410])('removes the subscription that the push service answers %i', async (status) => {
    await browserOf('bob', '/old');
    await browserOf('bob', '/new');
    pushService().answer = ({ path }) => ({ status: path === '/old' ? status : 201 });
    await alice.send('talk', `<@${ids.bob}> are you there?`);
    expect(await pushed(2)).toEqual(['/new', '/old']);
    const endpoints = (await subscriptions.list(ids.bob)).map(({ endpoint }) => endpoint);
    expect(endpoints).toEqual([`${pushService().url}/new`]);
  });

  it('leads to no address that is not public, whatever got into the table', async () => {
    const { keys } = new PushBrowser('');
    await browserOf('bob');
    for (const host of ['169.254.169.254', '10.0.0.1', '[::1]', '0x7f.2'])
      await subscriptions.add(ids.bob, { endpoint: `https://${host}/latest/meta-data`, keys }, Date.now());
    await alice.send('talk', `<@${ids.bob}> mind the gap`);
    expect(await pushed(1)).toEqual(['/bob']);
    expect(await subscriptions.list(ids.bob)).toHaveLength(1);
  });
});

it('a direct message is pushed to everybody in the room who is not there', async () => {
  const browser = await browserOf('bob');
  await browserOf('dave');
  await browserOf('alice');
  const response = await call('alice', 'POST', 'directs', { people: [ids.bob, ids.dave] });
  const { room } = z.object({ room: z.string() }).parse(await response.json());
  const seq = await alice.send(room, 'just us');
  expect(await pushed(2)).toEqual(['/bob', '/dave']);
  const push = pushService().received.find(({ path }) => path === '/bob');
  expect(browser.open(push?.body ?? Buffer.of())).toEqual({ room, seq, from: 'alice', text: 'just us' });
});

describe('the API', () => {
  it.each([
    'http://push.example/1',
    'http://169.254.169.254/latest/meta-data',
    'https://169.254.169.254/latest/meta-data',
    'https://10.1.2.3/',
    'https://[::ffff:10.1.2.3]/',
    'https://2130706433/',
    'file:///etc/passwd',
  ])('refuses %s for an endpoint', async (endpoint) => {
    const { keys } = new PushBrowser(endpoint);
    expect((await call('bob', 'PUT', 'me/push', { endpoint, keys })).status).toBe(400);
    expect(await subscriptions.list(ids.bob)).toEqual([]);
  });

  it('refuses keys that are none', async () => {
    const { endpoint, keys } = new PushBrowser('https://push.example/1');
    for (const wrong of [{ ...keys, auth: 'AAAA' }, { ...keys, p256dh: keys.auth }, { auth: keys.auth }])
      expect((await call('bob', 'PUT', 'me/push', { endpoint, keys: wrong })).status).toBe(400);
  });

  it('keeps the newest of a person’s browsers, each once, until they are taken away', async () => {
    for (let i = 0; i <= limits.pushSubscriptions; i++) await browserOf('bob', `/${i}`);
    await browserOf('bob', '/5');
    const kept = async () =>
      (await subscriptions.list(ids.bob)).map(({ endpoint }) => new URL(endpoint).pathname);
    expect(await kept()).toEqual(['/1', '/2', '/3', '/4', '/6', '/7', '/8', '/9', '/10', '/5']);
    const endpoint = `${pushService().url}/5`;
    for (const _ of ['once', 'again'])
      expect((await call('bob', 'DELETE', 'me/push', { endpoint })).status).toBe(204);
    expect(await kept()).not.toContain('/5');
  });

  it('tells everybody one key', async () => {
    const answers = await Promise.all(
      ['alice', 'bob', 'carol'].map(async (who) => (await call(who, 'GET', 'push')).json()),
    );
    expect(
      new Set(answers.map((answer) => z.object({ publicKey: z.string() }).parse(answer).publicKey)).size,
    ).toBe(1);
    const rows = await storage.rows('People');
    expect(rows.filter(({ userId }) => userId === pushKeys.vapid.userId)).toHaveLength(1);
  });
});

/** The push service knows who pushes, by the key that the page subscribed with (RFC 8292). */
async function expectVapid(header: unknown): Promise<void> {
  const [, token = '', key = ''] = /^vapid t=([^,]+), ?k=(.+)$/.exec(z.string().parse(header)) ?? [];
  const { publicKey } = z
    .object({ publicKey: z.string() })
    .parse(await (await call('bob', 'GET', 'push')).json());
  expect(key).toBe(publicKey);
  const point = Buffer.from(key, 'base64url');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'));
  const verifying = await importJWK({ kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, 'ES256');
  const { payload } = await jwtVerify(token, verifying, { audience: pushService().url });
  expect(payload.sub).toMatch(/^https:\/\/.+\.cloudfront\.net$/);
  expect(payload.exp).toBeLessThanOrEqual(Date.now() / 1000 + 24 * 3600);
}
