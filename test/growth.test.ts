import { expect, it } from 'vitest';
import { connectionKeys } from '#shared/storage/keys.ts';
import { growthGraceMs, subscribeShards } from '#shared/storage/shard-counts.ts';
import { testCloud } from '#test/support/cloud.ts';
import { Queue } from '#test/support/queue.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage } from '#test/support/storage.ts';

const cloud = testCloud();
const room = 'arena';

/** How often each row of a room that has no socket behind it was posted to. The gateway answers those posts with 200. */
class Extras {
  readonly posts = new Map<string, number>();
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
    cloud().gateway.faults = (id) => {
      const count = this.posts.get(id);
      if (count === undefined) return undefined;
      this.posts.set(id, count + 1);
      return { status: 200 };
    };
  }

  async enter(shard: number, count: number): Promise<void> {
    const ids = Array.from({ length: count }, (_, i) => `extra-${shard}-${i}=`);
    for (const id of ids) this.posts.set(id, 0);
    const rows = ids.map((id) => ({ ...connectionKeys.subscription(room, shard, id), userId: id }));
    await this.#storage.write('Connections', rows);
  }

  /** Waits until everybody was posted to as often as messages were sent since the last time, and not once more. */
  async haveEach(times: number): Promise<void> {
    await expect.poll(() => Math.min(...this.posts.values()), { timeout: 30_000 }).toBe(times);
    await new Queue(cloud(), 'fanfare-deliveries').drained();
    expect(new Set(this.posts.values())).toEqual(new Set([times]));
    for (const id of this.posts.keys()) this.posts.set(id, 0);
  }
}

it('a room that grows gets more shards by itself, which new subscribers spread over, and misses nobody', {
  timeout: 120_000,
}, async () => {
  const storage = new Storage(cloud());
  await storage.createRoom(room, ['somebody', 'sender']);
  const sender = await RawClient.signIn(cloud(), 'sender');
  const extras = new Extras(storage);
  const counts = async () => (await storage.rooms.readForSend(room, '')).room?.shardCounts ?? [];
  const planned = async () => (await counts()).at(-1)?.shards;
  const sent: number[] = [];
  const send = async () => {
    sent.push(await sender.send(room, 'does everybody hear this?'));
  };
  /** With the seq of the first message that each must get. */
  const people: { client: RawClient; from: number }[] = [];
  const { accessToken } = await cloud().identity.accessToken('somebody');
  const enter = async () => {
    const client = await RawClient.connect(cloud(), accessToken);
    const { rooms } = await client.subscribe(room);
    people.push({ client, from: (rooms[0]?.messages.at(-1)?.seq ?? 0) + 1 });
  };

  // One shard, four pages: each is handed on by the one before it.
  for (let i = 0; i < 6; i++) await enter();
  await send();
  for (const { client } of people) await client.received(room, 1);
  expect(await planned()).toBe(1);
  await extras.enter(0, 3_500);
  await send();
  await extras.haveEach(1);
  expect(await planned()).toBe(4);

  // While the growth is young, people enter the old shard, and messages go to the new ones too.
  await enter();
  await send();
  expect(await storage.messages.after(room, (sent.at(-1) ?? 0) - 1, 1)).toMatchObject([{ shards: 4 }]);
  await extras.haveEach(1);
  await expect
    .poll(async () => subscribeShards(await counts(), Date.now()), { timeout: 2 * growthGraceMs })
    .toBe(4);

  // Then they spread, while messages go on.
  const entering = (async () => {
    for (let i = 0; i < 24; i++) await enter();
  })();
  for (let i = 0; i < 3; i++) {
    await send();
    await extras.haveEach(1);
  }
  await entering;
  const shards = (await storage.subscriptions(room)).filter((row) => !row.includes('extra-'));
  expect(new Set(shards.map((row) => row.split(' ')[0]))).toEqual(new Set(['0', '1', '2', '3']));

  // The shard of before is as large as ever, and says nothing; one of the new ones does.
  await send();
  await extras.haveEach(1);
  expect(await planned()).toBe(4);
  await extras.enter(3, 1_200);
  await send();
  await extras.haveEach(1);
  expect(await planned()).toBe(8);
  await send();
  await extras.haveEach(1);
  expect(await storage.messages.after(room, (sent.at(-1) ?? 0) - 1, 1)).toMatchObject([{ shards: 8 }]);

  for (const { client, from } of people) {
    const due = sent.filter((seq) => seq >= from).toSorted((a, b) => a - b);
    const events = await client.received(room, due.length);
    const seen = [...new Set(events.map(({ seq }) => seq))].toSorted((a, b) => a - b);
    // What came between subscribing and its answer is in both.
    expect(seen.filter((seq) => seq >= from)).toEqual(due);
  }
});

it('a growth is young for longer than anything can run that read the count before it', () => {
  const timeouts = cloud()
    .lambda.functions()
    .filter(({ name }) => ['fanfare-send-message', 'fanfare-subscribe'].includes(name))
    .map(({ timeoutMs }) => timeoutMs);
  expect(timeouts).toHaveLength(2);
  expect(2 * Math.max(...timeouts)).toBeLessThanOrEqual(growthGraceMs);
});
