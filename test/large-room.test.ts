import { describe, expect, it } from 'vitest';
import { connectionKeys } from '#shared/storage/keys.ts';
import { testCloud } from '#test/support/cloud.ts';
import { Queue } from '#test/support/queue.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage, userIdOf } from '#test/support/storage.ts';

const cloud = testCloud();

/** Connections that one deliver job takes. */
const pageSize = 1_000;

async function subscriber(name: string, room: string): Promise<{ client: RawClient; id: string }> {
  const client = await RawClient.signIn(cloud(), name);
  await client.subscribe(room);
  const [connection] = await new Storage(cloud()).connections.ofUser(await userIdOf(cloud(), name));
  return { client, id: connection?.connectionId ?? '' };
}

/** The rows of a connection whose socket is long gone. Of most only the subscription is left, which must go as well. */
function ghost(connectionId: string, room: string, i: number): object[] {
  const userId = `ghost-${connectionId}`;
  const subscription = { ...connectionKeys.subscription(room, 0, connectionId), userId };
  if (i % 10) return [subscription];
  return [
    subscription,
    { ...connectionKeys.connection(userId, connectionId), rooms: { [room]: 0 }, connectedAt: 0 },
  ];
}

describe('a shard of more subscriptions than one job takes', () => {
  it('is delivered page by page at once, is cleaned of the dead, and makes its room grow', {
    timeout: 120_000,
  }, async () => {
    const storage = new Storage(cloud());
    await storage.createRoom('stadium', ['alice', 'bob']);
    const two = [await subscriber('alice', 'stadium'), await subscriber('bob', 'stadium')];
    const [first, second] = two.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    if (!first || !second) throw new Error('unreachable');
    // A shard is read in the order of connection ids: 600 ghosts, one of us, 700 ghosts, the other, 200 ghosts.
    const ids = [
      ...Array.from({ length: 600 }, (_, i) => `!${i}`),
      ...Array.from({ length: 700 }, (_, i) => `${first.id}${i}`),
      ...Array.from({ length: 200 }, (_, i) => `~${i}`),
    ];
    await storage.write(
      'Connections',
      ids.flatMap((id, i) => ghost(id, 'stadium', i)),
    );
    const places = (await storage.subscriptions('stadium')).map((row) => row.split(' ')[1]);
    expect(places.indexOf(first.id)).toBeLessThan(pageSize);
    expect(places.indexOf(second.id)).toBeGreaterThan(pageSize);

    // Nobody answers for the first page's ghosts: who is on the second page has the message nevertheless.
    cloud().gateway.faults = (id) => (id.startsWith('!') ? { status: 410, delayMs: 60_000 } : undefined);
    const seq = await first.client.send('stadium', 'can you hear me at the back?');
    await second.client.received('stadium', 1);
    expect(first.client.messages('stadium')).toEqual([]);
    cloud().gateway.faults = undefined;
    await first.client.received('stadium', 1);

    await new Queue(cloud(), 'fanfare-deliveries').drained(60_000);
    expect(await storage.subscriptions('stadium')).toEqual([`0 ${first.id}`, `0 ${second.id}`]);
    expect((await storage.rows('Connections')).filter(({ connectedAt }) => connectedAt === 0)).toEqual([]);
    const { room } = await storage.rooms.readForSend('stadium', 'anybody');
    expect(room?.shardCounts.map(({ shards }) => shards)).toEqual([1, 2]);

    await first.client.send('stadium', 'and now there are two shards');
    for (const { client } of two) {
      await client.received('stadium', 2);
      expect(new Set(client.messages('stadium').map((event) => event.seq))).toEqual(new Set([seq, seq + 1]));
    }
    expect(await storage.messages.after('stadium', seq, 1)).toMatchObject([{ shards: 2 }]);
  });
});
