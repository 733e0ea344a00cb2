import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import type { Cloud } from '#local/cloud.ts';
import { webhookPayload, webhooks, webhookWithSecret } from '#shared/contract/http.ts';
import { limits } from '#shared/contract/limits.ts';
import { roomKeys } from '#shared/storage/keys.ts';
import { testCloud } from '#test/support/cloud.ts';
import { assemblyThatReachesLoopback, httpsReceiver } from '#test/support/https-receiver.ts';
import { logLine } from '#test/support/log-line.ts';
import { Queue } from '#test/support/queue.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage, userIdOf } from '#test/support/storage.ts';
import { Templates } from '#test/support/templates.ts';

type Webhook = z.infer<typeof webhookWithSecret>;

const aMessage = {
  type: 'message',
  at: 1,
  seq: 1,
  version: 1,
  id: 'i',
  sender: 's',
  senderName: 'S',
  text: 'x',
};

/** What a person's request to the HTTP API is answered. */
async function call(cloud: Cloud, name: string, method: string, path: string, body?: object) {
  const { accessToken } = await cloud.identity.accessToken(name);
  const response = await fetch(`${cloud.url}/api/${path}`, {
    method,
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : undefined };
}

/** A room that alice moderates and bob is in. */
async function moderatedRoom(cloud: Cloud, room: string): Promise<void> {
  const storage = new Storage(cloud);
  await storage.createRoom(room, ['bob']);
  const userId = await userIdOf(cloud, 'alice');
  const alice = { userId, name: 'alice', role: 'moderator' as const };
  await storage.members.add(room, alice, { shards: 1, small: true }, Date.now());
}

describe('a webhook', () => {
  const cloud = testCloud({ assembly: assemblyThatReachesLoopback() });
  const receiver = httpsReceiver();
  let storage: Storage;
  let alice: RawClient;
  let room: string;
  let count = 0;

  beforeAll(async () => {
    storage = new Storage(cloud());
    alice = await RawClient.signIn(cloud(), 'alice');
  });

  beforeEach(async () => {
    room = `room-${++count}`;
    await moderatedRoom(cloud(), room);
  });

  async function add(path = '/hook'): Promise<Webhook> {
    const url = receiver().url + path;
    const { status, body } = await call(cloud(), 'alice', 'POST', `rooms/${room}/webhooks`, { url });
    expect(status).toBe(201);
    return webhookWithSecret.parse(body);
  }

  async function list() {
    const { body } = await call(cloud(), 'alice', 'GET', `rooms/${room}/webhooks`);
    return webhooks.parse(body).webhooks;
  }

  const receivedAt = (path: string) => receiver().received.filter((request) => request.path === path);
  const received = async (number: number, path = '/hook') => {
    await vi.waitUntil(() => receivedAt(path).length >= number, { timeout: 20_000 });
    return receivedAt(path);
  };

  it('is posted each new message of its room, signed, and nothing else', async () => {
    const { secret, ...webhook } = await add();
    const elsewhere = `${room}-elsewhere`;
    await moderatedRoom(cloud(), elsewhere);
    await alice.send(elsewhere, 'not for the webhook');
    const before = Date.now();
    const seq = await alice.send(room, 'hello, webhook');
    const [posted] = await received(1);
    const { headers, body } = posted ?? {};

    const payload = webhookPayload.parse(JSON.parse(String(body)));
    expect(payload).toMatchObject({
      type: 'message.sent',
      data: { room, webhook: webhook.id, message: { seq, text: 'hello, webhook', senderName: 'alice' } },
    });
    expect(Date.parse(payload.timestamp)).toBe(payload.data.message.at);
    expect(JSON.stringify(payload)).not.toContain('"webhooks"');

    expect(headers?.['content-type']).toBe('application/json');
    expect(headers?.['webhook-id']).toBe(payload.data.delivery);
    const timestamp = Number(headers?.['webhook-timestamp']);
    expect(Math.abs(timestamp * 1_000 - before)).toBeLessThan(20_000);
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    expect(key.length).toBeGreaterThanOrEqual(24);
    const signed = `${headers?.['webhook-id']}.${timestamp}.${body}`;
    const expected = createHmac('sha256', key).update(signed).digest('base64');
    expect(headers?.['webhook-signature']).toBe(`v1,${expected}`);

    await alice.request({ action: 'editMessage', room, seq, text: 'changed' });
    await alice.send(room, 'another');
    await received(2);
    await new Queue(cloud(), 'fanfare-webhooks').drained();
    const texts = receiver().received.map((request) => JSON.parse(String(request.body)).data.message.text);
    expect(texts.toSorted()).toEqual(['another', 'hello, webhook']);

    // Nobody is told the secret again, nor is it anywhere but in its row.
    const [listed] = await list();
    expect(listed).toEqual({ ...webhook, failures: 0 });
    await call(cloud(), 'alice', 'DELETE', `rooms/${room}/webhooks/${webhook.id}`);
    expect(await list()).toEqual([]);
  });

  it('that fails is tried again, as the same delivery, and the room’s others are not', async () => {
    await add('/well');
    await add('/ill');
    let failing = 1;
    receiver().answer = ({ path }) => ({ status: path === '/ill' && failing-- > 0 ? 500 : 204 });
    await alice.send(room, 'try again');
    const tries = await received(2, '/ill');
    expect(new Set(tries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(tries.map(({ body }) => String(body))).size).toBe(1);
    expect(receivedAt('/well')).toHaveLength(1);
    expect(receivedAt('/well')[0]?.headers['webhook-id']).not.toBe(tries[0]?.headers['webhook-id']);
  });

  it('is disabled after repeated failure, which the API tells, and taken up again by a moderator', async () => {
    const { id } = await add();
    receiver().answer = () => ({ status: 500 });
    const queue = new Queue(cloud(), 'fanfare-webhooks');
    const lastTry = { room, webhook: id, message: aMessage, attempt: 6 };
    for (let failed = 1; failed <= limits.webhookFailures; failed++) {
      await queue.send(JSON.stringify({ ...lastTry, message: { ...aMessage, seq: failed } }));
    }
    await vi.waitUntil(async () => (await list())[0]?.disabledAt !== undefined, { timeout: 20_000 });
    expect(await list()).toMatchObject([{ id, failures: limits.webhookFailures }]);
    await queue.drained();

    receiver().received.length = 0;
    receiver().answer = () => ({ status: 204 });
    await queue.send(JSON.stringify(lastTry));
    await queue.drained();
    expect(receiver().received).toEqual([]);
    // Nor does the bus's rule take what is sent now.
    const seq = await alice.send(room, 'while it is disabled');
    expect(await storage.messages.read(room, seq)).not.toHaveProperty('webhooks');

    const { status, body } = await call(cloud(), 'alice', 'PUT', `rooms/${room}/webhooks/${id}/enabled`);
    expect([status, body]).toEqual([200, expect.objectContaining({ id, failures: 0 })]);
    expect(body).not.toHaveProperty('disabledAt');
    await alice.send(room, 'once more');
    const [posted] = await received(1);
    expect(String(posted?.body)).toContain('once more');
  });

  it('is not posted what was deleted before it was tried again', async () => {
    const { id } = await add();
    const seq = await alice.send(room, 'a slip');
    await received(1);
    await alice.request({ action: 'deleteMessage', room, seq });
    const queue = new Queue(cloud(), 'fanfare-webhooks');
    await queue.send(JSON.stringify({ room, webhook: id, message: { ...aMessage, seq }, attempt: 2 }));
    await queue.drained();
    expect(receiver().received).toHaveLength(1);
  });

  it('that took a message begins to count anew', async () => {
    const { id } = await add();
    await storage.webhooks.failed(room, id, 1);
    expect(await list()).toMatchObject([{ failures: 1 }]);
    await alice.send(room, 'taken');
    await vi.waitUntil(async () => (await list())[0]?.failures === 0, { timeout: 20_000 });
  });

  it('that answers 410 is disabled at once', async () => {
    await add();
    receiver().answer = () => ({ status: 410 });
    await alice.send(room, 'anybody there?');
    await vi.waitUntil(async () => (await list())[0]?.disabledAt !== undefined, { timeout: 20_000 });
    expect(receiver().received).toHaveLength(1);
  });

  it('is not followed where it redirects to, be it an address that may be reached', async () => {
    const listener = await listen('127.0.0.1');
    await add();
    receiver().answer = () => ({ status: 307, headers: { location: `https://localhost:${listener.port}/` } });
    const tried = logLine(cloud(), '/fanfare/webhooks', '"reason":"307"');
    await alice.send(room, 'over there');
    await tried;
    expect(listener.seen).toEqual([]);
    listener.close();
  });
});

/** What is never called, by the function as it is deployed: no address of this machine is one that it may reach. */
describe('what is not public', () => {
  const cloud = testCloud();
  let listener: Awaited<ReturnType<typeof listen>>;

  beforeAll(async () => {
    // Of both kinds of addresses, and every one that this machine has.
    listener = await listen('::');
    await moderatedRoom(cloud(), 'hostile');
  });
  afterAll(() => listener.close());

  const hosts = [
    '169.254.169.254',
    '10.0.0.1',
    '127.0.0.1',
    '[::1]',
    '2130706433',
    '0x7f.1',
    '[::ffff:7f00:1]',
  ];
  it.each(hosts)('%s is refused as a URL, with the reason', async (host) => {
    const { status, body } = await call(cloud(), 'alice', 'POST', 'rooms/hostile/webhooks', {
      url: `https://${host}:${listener.port}/`,
    });
    expect([status, body]).toEqual([
      400,
      expect.objectContaining({ detail: expect.stringContaining('not public') }),
    ]);
  });

  it.each([
    'http://example.org/',
    'ftp://example.org/',
    'javascript:alert(1)',
    'example.org',
    'https://',
    '',
  ])('%j is none', async (url) => {
    const { status } = await call(cloud(), 'alice', 'POST', 'rooms/hostile/webhooks', { url });
    expect(status).toBe(400);
  });

  it.each([...hosts, 'localhost', '0.0.0.0'])('%s is never called, whatever a row says', async (host) => {
    const room = `to-${Buffer.from(host).toString('hex')}`;
    await moderatedRoom(cloud(), room);
    const storage = new Storage(cloud());
    const url = `https://${host}:${listener.port}/`;
    // As if a name had been taken, or a row of another time.
    const webhook = { roomId: room, id: 'w', url, secret: 'whsec_c2VjcmV0', createdBy: 'a', createdAt: 1 };
    expect(await storage.webhooks.add(webhook)).toBe(true);
    const tried = logLine(cloud(), '/fanfare/webhooks', `"room":"${room}"`);
    const alice = await RawClient.signIn(cloud(), 'alice');
    await alice.send(room, 'secret');
    await tried;
    await vi.waitUntil(async () => (await storage.webhooks.read(room, 'w'))?.failures === 1);
    expect(listener.seen).toEqual([]);
    alice.close();
  });

  it('a room has no more webhooks than it may, however many ask at once', async () => {
    const asked = Array.from({ length: limits.webhooks + 2 }, (_, index) =>
      call(cloud(), 'alice', 'POST', 'rooms/hostile/webhooks', { url: `https://example.org/${index}` }),
    );
    const answers = await Promise.all(asked);
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([...new Array(limits.webhooks).fill(201), 409, 409]);
  });

  it('members who moderate nothing do not see or make any', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['POST', ''],
      ['DELETE', '/w'],
      ['PUT', '/w/enabled'],
    ] as const) {
      const body = method === 'POST' ? { url: 'https://example.org/' } : undefined;
      const { status } = await call(cloud(), 'bob', method, `rooms/hostile/webhooks${path}`, body);
      expect([method, status]).toEqual([method, 403]);
    }
    const strange = await call(cloud(), 'alice', 'DELETE', 'rooms/hostile/webhooks/a%20b');
    expect(strange.status).toBe(400);
    expect((await call(cloud(), 'alice', 'PUT', 'rooms/hostile/webhooks/none/enabled')).status).toBe(404);
  });
});

it('no record of a webhook, which has its secret, comes out of the rooms table’s stream', () => {
  const mappings = new Templates()
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => JSON.stringify(properties).includes('Rooms'));
  expect(mappings.length).toBeGreaterThan(0);
  const { item } = roomKeys.webhook('r', 'w');
  for (const { properties } of mappings) {
    const { Filters } = z.object({ Filters: z.array(filter) }).parse(properties.FilterCriteria);
    for (const { Pattern } of Filters) {
      const [wanted] = Pattern.dynamodb.Keys.item.S;
      expect(typeof wanted === 'string' ? item === wanted : item.startsWith(wanted.prefix)).toBe(false);
    }
  }
});

/** Of the sort key, which all filters of the rooms table's stream are. */
const byItem = z.tuple([z.union([z.string(), z.object({ prefix: z.string() })])]);
const filter = z.object({
  Pattern: z
    .string()
    .transform((pattern) => JSON.parse(pattern))
    .pipe(z.object({ dynamodb: z.object({ Keys: z.object({ item: z.object({ S: byItem }) }) }) })),
});

/** A TCP listener that sees whoever connects. */
async function listen(host: string) {
  const seen: Socket[] = [];
  const server: Server = createServer((socket) => seen.push(socket.on('error', () => {}).end()));
  await once(server.listen(0, host), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens on no port');
  return { port: address.port, seen, close: () => server.close() };
}
