import { beforeEach, describe, expect, it, vi } from 'vitest';
import { testServer } from '#test/support/http-server.ts';
import { ConnectionsApi, payloadOf } from './post.ts';
import { postAll } from './post-all.ts';
import { mostSlots, Slots, type Source } from './slots.ts';

/** Begins posts that the test ends by hand. */
function source(posts: number) {
  const begun: number[] = [];
  let left = posts;
  const begin: Source['begin'] = (number) => {
    if (left === 0) return false;
    left--;
    begun.push(number);
    return true;
  };
  return { begun, begin };
}

describe('slots', () => {
  it('are filled at once as they become free', () => {
    const slots = new Slots();
    const some = source(mostSlots + 2);
    slots.offer(some);
    expect(some.begun).toHaveLength(mostSlots);
    slots.release(1, false);
    expect(some.begun).toHaveLength(mostSlots + 1);
    slots.release(2, false);
    slots.release(3, false);
    expect(some.begun).toHaveLength(mostSlots + 2);
  });

  it('are taken by turns', () => {
    const slots = new Slots();
    const [first, second] = [source(1_000), source(1_000)];
    slots.offer(first);
    slots.offer(second);
    for (let ended = 1; ended <= 40; ended++) slots.release(ended, false);
    expect(first.begun).toHaveLength(mostSlots + 20);
    expect(second.begun).toHaveLength(20);
  });

  it('are halved by a throttle, once for all that were under way, and never to none', () => {
    const slots = new Slots();
    slots.offer(source(10_000));
    for (let post = 1; post <= mostSlots; post++) slots.release(post, true);
    expect(slots.limit).toBe(mostSlots / 2);
    for (let post = mostSlots + 1; post <= 10_000; post++) slots.release(post, true);
    expect(slots.limit).toBe(1);
  });

  it('grow by one with each round of answers, up to the most', () => {
    const slots = new Slots();
    slots.offer(source(10_000));
    slots.release(1, true);
    expect(slots.limit).toBe(mostSlots / 2);
    for (let post = 2; post <= mostSlots / 2 + 2; post++) slots.release(post, false);
    expect(slots.limit).toBe(mostSlots / 2 + 1);
    for (let post = 0; post < 9_000; post++) slots.release(post, false);
    expect(slots.limit).toBe(mostSlots);
  });
});

describe('a server that throttles', () => {
  const server = testServer();
  let api: ConnectionsApi;

  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIAAAAAAAAAAAAAAAAA');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    api = new ConnectionsApi(`${server().url}/ws`, 'us-east-1');
    return () => vi.unstubAllEnvs();
  });

  const people = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ userId: `u${index}`, connectionId: `c${index}` }));

  it('is asked less at once, until it throttles no more; nobody misses anything', async () => {
    const slots = new Slots();
    const poster = { slots, post: api.post.bind(api) };
    const frames = [payloadOf(Buffer.from('{}'))];
    const connections = people(2_000);
    const most = 20;
    let underWay = 0;
    let throttling = true;
    let lowest = mostSlots;
    const reached = new Set<string>();
    server().answer = async ({ url = '' }) => {
      if (throttling && underWay >= most) return { status: 429, body: { message: 'Too many' } };
      underWay++;
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      reached.add(url);
      return {};
    };

    // What is handed on becomes a job of its own.
    let left = connections;
    let throttled = 0;
    while (left.length > 0) {
      const results = await postAll([left], frames, poster, Number.POSITIVE_INFINITY);
      expect(results.delivered.length + results.failed.length).toBe(left.length);
      throttled += results.throttled;
      left = results.failed;
      lowest = Math.min(lowest, slots.limit);
    }
    expect(throttled).toBeGreaterThan(0);
    expect(lowest).toBeLessThan(mostSlots / 2);
    expect(reached.size).toBe(connections.length);

    throttling = false;
    for (let round = 0; slots.limit < mostSlots; round++) {
      const { failed } = await postAll([people(1_000)], frames, poster, Number.POSITIVE_INFINITY);
      expect(failed).toEqual([]);
      expect(round).toBeLessThan(10);
    }
  });
});
