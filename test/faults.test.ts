import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectionKeys } from '#shared/storage/keys.ts';
import { testCloud } from '#test/support/cloud.ts';
import { Published } from '#test/support/published.ts';
import { Queue } from '#test/support/queue.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage, userIdOf } from '#test/support/storage.ts';
import { Viewer } from '#test/support/viewer.ts';

const cloud = testCloud();
let storage: Storage;
let deliveries: Queue;
let published: Published;
beforeAll(async () => {
  storage = new Storage(cloud());
  deliveries = new Queue(cloud(), 'fanfare-deliveries');
  published = new Published(cloud());
});
afterEach(() => {
  cloud().gateway.faults = undefined;
  cloud().events.faults = {};
});

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const seqs = (client: RawClient, room: string) =>
  [...new Set(client.messages(room).map(({ seq }) => seq))].toSorted((a, b) => a - b);

async function subscriber(name: string, room: string): Promise<RawClient> {
  await storage.createRoom(room, [name]);
  const client = await RawClient.signIn(cloud(), name);
  await client.subscribe(room);
  return client;
}

/** The gateway's id of a client's socket: that of its person's only one. */
async function connectionIdOf(name: string): Promise<string> {
  const connections = await storage.connections.ofUser(await userIdOf(cloud(), name));
  expect(connections).toHaveLength(1);
  return connections[0]?.connectionId ?? '';
}

describe('a client that vanishes without closing', () => {
  it('whose TCP connection ended leaves no rows', async () => {
    const bob = await subscriber('bob', 'gone');
    await subscriber('bob', 'gone-too');
    bob.socket.terminate();
    await expect.poll(() => storage.subscriptions('gone')).toEqual([]);
  });

  it('unnoticed loses its rows of every room with the next message to one, and delays nobody', async () => {
    const alice = await subscriber('alice', 'ghosts');
    await storage.createRoom('haunted', ['alice']);
    const userId = await userIdOf(cloud(), 'ghost');
    // First in its shard, since a shard is read in the order of connection ids.
    const ghost = { userId, connectionId: '!ghost=' };
    await storage.connections.open(ghost, Date.now());
    const rooms = new Map([
      ['ghosts', 0],
      ['haunted', 0],
    ]);
    for (const write of storage.connections.subscribe(ghost, rooms, Date.now())) {
      if (write.Put?.Item) await storage.write('Connections', [write.Put.Item]);
    }
    const row = {
      ...connectionKeys.connection(userId, ghost.connectionId),
      rooms: Object.fromEntries(rooms),
    };
    await storage.write('Connections', [{ ...row, connectedAt: Date.now() }]);

    // Nobody answers for it: a post takes until its timeout, three times over.
    cloud().gateway.faults = (id) =>
      id === ghost.connectionId ? { status: 410, delayMs: 60_000 } : undefined;
    await alice.send('ghosts', 'boo');
    await alice.received('ghosts', 1, 6_000);
    expect(await storage.subscriptions('ghosts')).toContain(`0 ${ghost.connectionId}`);

    cloud().gateway.faults = undefined;
    await expect.poll(() => storage.connections.ofUser(userId)).toEqual([]);
    await expect.poll(() => storage.subscriptions('haunted')).toEqual([]);
    const left = await storage.subscriptions('ghosts');
    expect(left).toEqual([`0 ${await connectionIdOf('alice')}`]);
    alice.close();
  });
});

describe('a deliver worker', () => {
  // What a worker did not finish is offered again after two seconds, in place of the stack's half a minute.
  beforeAll(() => deliveries.retryAfter(2));
  afterAll(() => deliveries.retryAfter(30));

  it('that throws over a job sets it aside after three tries, and delivers the others', async () => {
    const bob = await subscriber('bob', 'poison');
    const poison = [
      'not JSON',
      JSON.stringify({ room: 'poison', shard: 0, shards: 1, events: [{ type: 'curse' }] }),
    ];
    for (const body of poison) await deliveries.send(body);
    for (const i of upTo(5)) await bob.send('poison', `${i}`);
    await bob.received('poison', 5);
    expect((await new Queue(cloud(), 'fanfare-deliveries-dlq').take(2)).toSorted()).toEqual(
      poison.toSorted(),
    );
    await deliveries.drained();
    expect(seqs(bob, 'poison')).toEqual(upTo(5));
  });

  it('that is killed while messages flow loses none and shows none twice', async () => {
    const count = 30;
    const raw = await subscriber('dave', 'murder');
    for (const name of ['bob', 'carol']) await storage.createRoom('murder', [name]);
    const viewers = await Promise.all(['bob', 'carol'].map((name) => Viewer.open(cloud(), name, 'murder')));
    const sending = Promise.all(upTo(count).map((i) => viewers[0]?.room.send(`${i}`)));
    for (const shown of [3, 9, 15, 21]) {
      await expect.poll(() => raw.messages('murder').length, { interval: 1 }).toBeGreaterThanOrEqual(shown);
      await cloud().lambda.kill('fanfare-deliver');
    }
    await sending;
    await expect.poll(() => seqs(raw, 'murder')).toEqual(upTo(count));
    for (const viewer of viewers) await viewer.sees(count);
    await deliveries.drained();
    for (const viewer of viewers) {
      await viewer.sees(count);
      viewer.close();
    }
    raw.close();
  });
});

describe('@connections', () => {
  it.each([429, 500])(
    'answering %i for one connection delays that one alone, and loses nothing',
    async (status) => {
      const room = `slow-${status}`;
      const [healthy, victim] = [await subscriber('alice', room), await subscriber(`victim-${status}`, room)];
      const id = await connectionIdOf(`victim-${status}`);
      cloud().gateway.faults = (connectionId) => (connectionId === id ? { status } : undefined);
      for (const i of upTo(5)) await healthy.send(room, `${i}`);
      await healthy.received(room, 5);
      expect(victim.messages(room)).toEqual([]);
      cloud().gateway.faults = undefined;
      await victim.received(room, 5);
      await deliveries.drained();
      // Only what failed was handed on: who had it does not get it again.
      expect(
        healthy
          .messages(room)
          .map(({ seq }) => seq)
          .toSorted(),
      ).toEqual(upTo(5));
      expect(await storage.subscriptions(room)).toHaveLength(2);
      healthy.close();
    },
  );

  it.each([429, 500])(
    'answering %i to everybody for a while loses nothing and shows nothing twice',
    async (status) => {
      const room = `storm-${status}`;
      const raw = await subscriber('erin', room);
      for (const name of ['bob', 'carol']) await storage.createRoom(room, [name]);
      const viewers = await Promise.all(['bob', 'carol'].map((name) => Viewer.open(cloud(), name, room)));
      // More than the tries of one invocation, for each of the three, so that some are handed on.
      let storm = 15;
      cloud().gateway.faults = () => (storm-- > 0 ? { status } : undefined);
      await Promise.all(upTo(10).map((i) => viewers[0]?.room.send(`${i}`)));
      await raw.received(room, 10);
      for (const viewer of viewers) await viewer.sees(10);
      await deliveries.drained();
      for (const viewer of viewers) {
        await viewer.sees(10);
        viewer.close();
      }
      expect(storm).toBeLessThanOrEqual(0);
      raw.close();
    },
  );
});

const refusal = { ErrorCode: 'ThrottlingException', ErrorMessage: 'An injected fault' };

describe('an event bus that refuses', () => {
  it('for a while is told everything once it takes events again', async () => {
    const alice = await subscriber('alice', 'hiccup');
    let refusals = 5;
    cloud().events.faults = { entry: () => (refusals-- > 0 ? refusal : undefined) };
    for (const i of upTo(4)) await alice.send('hiccup', `${i}`);
    await alice.received('hiccup', 4);
    expect(await published.of('hiccup', 4)).toEqual(upTo(4));
    expect(refusals).toBeLessThan(0);
    alice.close();
  });

  it('for good stops no delivery, and what it refused is set aside', async () => {
    const alice = await subscriber('alice', 'outage');
    cloud().events.faults = { entry: () => refusal };
    await alice.send('outage', 'anybody?');
    await alice.received('outage', 1);
    const [setAside = '{}'] = await new Queue(cloud(), 'fanfare-publish-dlq').take(1);
    expect(JSON.parse(setAside)).toMatchObject({ DDBStreamBatchInfo: { batchSize: 1 } });
    cloud().events.faults = {};
    await alice.send('outage', 'again');
    expect(await published.of('outage', 1)).toEqual([2]);
    alice.close();
  });
});

describe('deliveries that are backed up', () => {
  it('hold up no event, and follow together: in fewer frames than messages', async () => {
    const [alice, bob] = [await subscriber('alice', 'jam'), await subscriber('bob', 'jam')];
    cloud().eventSources.pause('fanfare-deliver');
    for (const i of upTo(18)) await alice.send('jam', `${i}`);
    expect(await published.of('jam', 18)).toEqual(upTo(18));
    expect([...alice.messages('jam'), ...bob.messages('jam')]).toEqual([]);

    cloud().eventSources.resume('fanfare-deliver');
    for (const client of [alice, bob]) {
      await client.received('jam', 18);
      const frames = client.frames.filter((frame) => frame.type === 'events');
      expect(frames.length).toBeLessThan(18);
      expect(seqs(client, 'jam')).toEqual(upTo(18));
    }
  });
});
