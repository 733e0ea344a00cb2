import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FanfareClient, type Status } from '#client';
import type { ErrorFrame, ServerFrame } from '#shared/contract/frames.ts';
import { connectionKeys } from '#shared/storage/keys.ts';
import { deadlinePartition, socketLifeMs } from '#shared/storage/socket-deadline.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage, userIdOf } from '#test/support/storage.ts';
import { age, connectionRows as rowsOfUser, sweep, sweepAnew } from '#test/support/sweeper.ts';

const cloud = testCloud();
const minute = 60_000;
let storage: Storage;
let name: string;
let count = 0;
const open: { close(): void }[] = [];

beforeEach(async () => {
  name = `person-${++count}`;
  storage = new Storage(cloud());
  await storage.createRoom(name, [name]);
});
afterEach(async () => {
  for (const each of open.splice(0)) each.close();
  await vi.waitFor(async () => expect(await connectionRows()).toEqual([]), { timeout: 20_000 });
});

const token = async (of: string, expiresInSeconds = 3_600) =>
  (await cloud().identity.accessToken(of, { expiresInSeconds })).accessToken;

async function connect(of: string, expiresInSeconds?: number): Promise<RawClient> {
  const client = await RawClient.connect(cloud(), await token(of, expiresInSeconds));
  open.push(client);
  return client;
}

async function connectionRows() {
  return (await storage.rows('Connections')).filter(({ sk }) => String(sk).startsWith('CONNECTION#'));
}

async function rowOf(of: string) {
  const [row] = await rowsOfUser(storage, await userIdOf(cloud(), of));
  if (!row) throw new Error(`${of} has no connection`);
  return row;
}

const sweepAt = (at: number) => sweepAnew(cloud(), storage, at);
const makeOlder = async (of: string, ms: number) => age(storage, await userIdOf(cloud(), of), ms);

const closing = (client: RawClient) => {
  let code: number | undefined;
  client.socket.once('close', (closed) => {
    code = closed;
  });
  return () => code;
};

describe('a socket and its token', () => {
  const authenticate = async (client: RawClient, newer: string) =>
    await client.request({ action: 'authenticate', token: newer });

  it('is closed within the minute after the token has expired, and no sooner', async () => {
    const [short, long] = [await connect(name, 30), await connect(name, 3_000)];
    const [shortEnded, longEnded] = [closing(short), closing(long)];
    await sweepAt(Date.now() + 20_000);
    await short.ping();
    await sweepAt(Date.now() + 35_000);
    await vi.waitFor(() => expect(shortEnded()).toBe(1000), { timeout: 10_000 });
    await long.ping();
    expect(longEnded()).toBeUndefined();
    await vi.waitFor(async () => expect(await connectionRows()).toHaveLength(1), { timeout: 10_000 });
  });

  it('lives as long as a newer token', async () => {
    const client = await connect(name, 60);
    const ended = closing(client);
    const inAnHour = Math.floor(Date.now() / 1000 + 3_600) * 1000;
    const ack = await authenticate(client, await token(name));
    if (ack.type !== 'ack') throw new Error(JSON.stringify(ack));
    expect(ack.expiresAt).toBeGreaterThanOrEqual(inAnHour);
    expect((await rowOf(name)).tokenExpiresAt).toBe(ack.expiresAt);
    await sweepAt(Date.now() + 30 * minute);
    await client.ping();
    await sweepAt((ack.expiresAt ?? 0) + 1);
    await vi.waitFor(() => expect(ended()).toBe(1000), { timeout: 10_000 });
  });

  it('is not shortened by an older token', async () => {
    const client = await connect(name, 3_000);
    const { tokenExpiresAt } = await rowOf(name);
    expect(await authenticate(client, await token(name, 60))).toMatchObject({
      type: 'ack',
      expiresAt: tokenExpiresAt,
    });
    expect((await rowOf(name)).tokenExpiresAt).toBe(tokenExpiresAt);
  });

  const refusal = (answer: ServerFrame): ErrorFrame => {
    if (answer.type !== 'error') throw new Error(JSON.stringify(answer));
    return answer;
  };

  it.each<[string, () => Promise<string> | string]>([
    ["another person's", () => token('mallory')],
    ['an expired one', () => token(name, -1)],
    ['none at all', () => 'not.a.token'],
  ])('refuses %s: the old one still counts', async (_, other) => {
    const client = await connect(name, 600);
    const before = await rowOf(name);
    const { code, message } = refusal(await authenticate(client, await other()));
    expect(code).toBe('unauthorized');
    expect(message).not.toMatch(/mallory|person-/);
    expect(await rowOf(name)).toEqual(before);
    expect(await client.send(name, 'still here')).toBe(1);
    await sweepAt(Date.now() + 5 * minute);
    await client.ping();
  });

  it('is renewed by the client in time, on the same socket', async () => {
    let asked = 0;
    const client = new FanfareClient({
      url: `${cloud().url.replace('http', 'ws')}/ws`,
      token: async () => await token(name, ++asked === 1 ? 100 : 3_600),
      // A hundred seconds before its end: at once.
      timing: { renewBeforeMs: 100_000 },
    });
    open.push(client);
    const states: Status['state'][] = [];
    client.on('status', ({ state }) => states.push(state));
    const inHalfAnHour = Date.now() + 30 * minute;
    await vi.waitFor(async () => expect((await rowOf(name)).tokenExpiresAt).toBeGreaterThan(inHalfAnHour), {
      timeout: 10_000,
    });
    await sweepAt(Date.now() + 2 * minute);
    await client.join(name).send('still here');
    expect(states).toEqual(['online']);
  });

  it('is missed by nobody when the socket is closed: the client comes back and reads on', async () => {
    let asked = 0;
    const client = new FanfareClient({
      url: `${cloud().url.replace('http', 'ws')}/ws`,
      token: async () => await token(name, ++asked === 1 ? 30 : 3_600),
      timing: { renewBeforeMs: 0 },
    });
    open.push(client);
    const states: Status['state'][] = [];
    client.on('status', ({ state }) => states.push(state));
    const room = client.join(name, { after: 0 });
    await room.send('one');
    await sweepAt(Date.now() + 40_000);
    await vi.waitFor(() => expect(states).toEqual(['online', 'offline', 'connecting', 'online']), {
      timeout: 10_000,
    });
    await room.send('two');
    await vi.waitFor(() => expect(room.messages.map(({ text }) => text)).toEqual(['one', 'two']));
  });
});

describe('the sweeper', () => {
  it('makes good the minutes in which it did not run, and what it could not do', async () => {
    const clients = await Promise.all([60, 120, 600].map((seconds) => connect(name, seconds)));
    const ended = clients.map(closing);
    const start = Date.now();
    await sweepAt(start);
    // Nothing for a quarter of an hour.
    await sweep(cloud(), start + 15 * minute);
    await vi.waitFor(() => expect(ended.map((code) => code())).toEqual([1000, 1000, 1000]), {
      timeout: 10_000,
    });
  });

  it('removes what is left of sockets that are gone', async () => {
    const userId = await userIdOf(cloud(), name);
    const ghost = { userId, connectionId: 'ghost=' };
    await storage.connections.open(ghost, Date.now(), Date.now() + 30_000);
    await sweepAt(Date.now() + minute);
    await vi.waitFor(async () => expect(await connectionRows()).toEqual([]));
  });

  it('removes hundreds of the same minute', async () => {
    const tokenExpiresAt = Date.now() + 30_000;
    const ghosts = Array.from({ length: 400 }, (_, i) => {
      const connectionId = `many-${i}=`;
      const deadline = { connectedAt: Date.now(), tokenExpiresAt };
      const deadlineMinute = deadlinePartition(connectionId, deadline, Date.now());
      return { ...connectionKeys.connection('many', connectionId), ...deadline, deadlineMinute, rooms: {} };
    });
    await storage.write('Connections', ghosts);
    await sweepAt(Date.now() + minute);
    await vi.waitFor(async () => expect(await connectionRows()).toEqual([]));
  });
});

describe('a socket whose two hours end', () => {
  const asks = (client: RawClient) => client.frames.filter(({ type }) => type === 'reconnect');

  it('is asked to move once, five minutes before', async () => {
    const client = await connect(name);
    await makeOlder(name, socketLifeMs - 6 * minute);
    await sweepAt(Date.now());
    await client.ping();
    expect(asks(client)).toEqual([]);
    await sweepAt(Date.now() + minute + 1_000);
    const { connectedAt } = await rowOf(name);
    // Half a minute to spare.
    const before = Number(connectedAt) + socketLifeMs - 30_000;
    await vi.waitFor(() => expect(asks(client)).toEqual([{ type: 'reconnect', before }]));
    await sweepAt(Date.now() + 2 * minute);
    await client.ping();
    expect(asks(client)).toHaveLength(1);
  });

  it('is asked later where that could not be told', async () => {
    const client = await connect(name);
    await makeOlder(name, socketLifeMs - 4 * minute);
    cloud().gateway.faults = () => ({ status: 500 });
    await sweepAt(Date.now());
    cloud().gateway.faults = undefined;
    await client.ping();
    expect(asks(client)).toEqual([]);
    await sweep(cloud(), Date.now());
    await vi.waitFor(() => expect(asks(client)).toHaveLength(1));
  });

  it('is left by a real client before its time: make before break, and nothing is lost or shown twice', async () => {
    const client = new FanfareClient({
      url: `${cloud().url.replace('http', 'ws')}/ws`,
      token: () => token(name),
    });
    open.push(client);
    const states: Status['state'][] = [];
    client.on('status', ({ state }) => states.push(state));
    const shown: number[] = [];
    const room = client.join(name, { after: 0 });
    room.on('message', ({ seq }) => shown.push(seq));
    await vi.waitFor(() => expect(room.state).toBe('live'), { timeout: 10_000 });
    const first = cloud()
      .gateway.connections()
      .map(({ connectionId }) => connectionId);
    expect(first).toHaveLength(1);

    // Two seconds and a half before the time by which it is to have moved.
    await makeOlder(name, socketLifeMs - 32_500);
    await sweepAt(Date.now());
    let sent = 0;
    const moved = () =>
      cloud()
        .gateway.connections()
        .every(({ connectionId }) => connectionId !== first[0]);
    while (!moved()) {
      await room.send(`message ${++sent}`);
    }
    await room.send(`message ${++sent}`);
    const all = Array.from({ length: sent }, (_, i) => i + 1);
    await vi.waitFor(() => expect(room.messages.map(({ seq }) => seq)).toEqual(all));
    expect(shown.toSorted((a, b) => a - b)).toEqual(all);
    expect(states).toEqual(['online']);
    expect(cloud().gateway.connections()).toHaveLength(1);
  });
});
