import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from './test-cloud.ts';

const patience = { timeout: 20_000, interval: 10 };

/** Long, short, long…: what would overtake, if it could. */
const hops = { stream: alternating(80, 1), queue: alternating(60, 1) };
const count = 30;
const all = Array.from({ length: count }, (_, index) => index);

describe('where hops take time', { timeout: 60_000 }, () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud('dynoxide', hops);
  }, 60_000);
  afterAll(() => cloud.stop());

  it("a stream's records come in order, and all of them", async () => {
    const table = await cloud.table();
    const since = Date.now();
    let firstMs = 0;
    cloud.invoker.handlers.set('ordered', () => {
      firstMs ||= Date.now() - since;
      return null;
    });
    await cloud.map({ EventSourceArn: table.streamArn, FunctionName: 'ordered', StartingPosition: 'LATEST' });
    for (const sk of all) await cloud.put(table, sk);
    await expect.poll(() => cloud.invoker.sorts('ordered').flat(), patience).toHaveLength(count);
    expect(cloud.invoker.sorts('ordered').flat()).toEqual(all);
    expect(firstMs).toBeGreaterThanOrEqual(80);
  });

  it("a queue's messages all come, none before it can be there", async () => {
    const queue = await cloud.queue();
    const ages: number[] = [];
    cloud.invoker.handlers.set('queued', (records) => {
      ages.push(Date.now() - Number(records[0]?.attributes?.SentTimestamp));
      return null;
    });
    await cloud.map({ EventSourceArn: queue.arn, FunctionName: 'queued' });
    await Promise.all(all.map((body) => cloud.send(queue, String(body))));
    await expect.poll(() => cloud.invoker.bodies('queued').flat(), patience).toHaveLength(count);
    expect(new Set(cloud.invoker.bodies('queued').flat())).toEqual(new Set(all.map(String)));
    expect(ages[0]).toBeGreaterThanOrEqual(1);
    expect(Math.max(...ages)).toBeGreaterThanOrEqual(60);
    await expect.poll(() => cloud.left(queue), patience).toBe(0);
  });
});

function alternating(first: number, second: number): () => number {
  let drawn = 0;
  return () => (drawn++ % 2 === 0 ? first : second);
}
