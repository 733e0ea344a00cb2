import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionId } from '#shared/storage/connections.ts';
import { posterOf } from '#test/support/poster.ts';
import { type Payload, type PostOutcome, payloadOf } from './post.ts';
import { postAll } from './post-all.ts';
import { mostSlots } from './slots.ts';

const connections = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ userId: `u${index}`, connectionId: `c${index}` }));
const frames = ['one', 'two', 'three'].map((text) => payloadOf(Buffer.from(text)));
const [frame] = frames;
if (!frame) throw new Error('unreachable');

type Post = Parameters<typeof posterOf>[0];
const postInTime = (to: ConnectionId[], what: Payload[], post: Post) =>
  postAll([to], what, posterOf(post), Number.POSITIVE_INFINITY);

/** Answers by turns, and then delivers. */
function answering(...outcomes: PostOutcome[]) {
  const left = [...outcomes];
  return vi.fn(async (_id: string, _text: string): Promise<PostOutcome> => left.shift() ?? 'delivered');
}

describe('posting to many', () => {
  it('posts every frame to every connection, in order for each', async () => {
    const received = new Map<string, string[]>();
    const results = await postInTime(connections(300), frames, async (id, text) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      received.set(id, [...(received.get(id) ?? []), text]);
      return 'delivered';
    });
    expect(received.size).toBe(300);
    for (const texts of received.values()) expect(texts).toEqual(['one', 'two', 'three']);
    expect(results).toMatchObject({ gone: [], failed: [], posts: 900, throttled: 0 });
    expect(results.delivered).toHaveLength(300);
  });

  it('never has more under way than the limit, and as many as that', async () => {
    let underWay = 0;
    let most = 0;
    await postInTime(connections(3 * mostSlots), [frame], async () => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      return 'delivered';
    });
    expect(most).toBe(mostSlots);
  });

  it('holds nobody up for a slow connection', async () => {
    let release = (_: PostOutcome) => {};
    const slow = new Promise<PostOutcome>((resolve) => {
      release = resolve;
    });
    const answered: string[] = [];
    const all = postInTime(connections(1_000), [frame], async (id) => {
      if (id === 'c0') await slow;
      answered.push(id);
      return 'delivered';
    });
    await vi.waitFor(() => expect(answered).toHaveLength(999));
    release('delivered');
    expect((await all).delivered).toHaveLength(1_000);
  });

  it('does not wait for one that never answers: it is handed on', async () => {
    const results = await postInTime(connections(1_000), [frame], (id) =>
      id === 'c7' ? new Promise(() => {}) : Promise.resolve('delivered'),
    );
    expect(results.delivered).toHaveLength(999);
    expect(results.failed.map(({ connectionId }) => connectionId)).toEqual(['c7']);
  });

  it('begins nothing after the deadline: what is left counts as failed', async () => {
    const deadline = Date.now() + 30;
    const results = await postAll(
      [connections(3 * mostSlots)],
      [frame],
      posterOf(async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        return 'failed';
      }),
      deadline,
    );
    // One try each of those that were begun in time, and no second.
    expect(results).toMatchObject({ posts: mostSlots, retried: 0, delivered: [] });
    expect(results.failed).toHaveLength(3 * mostSlots);
  });

  it('has nothing to do for nobody', async () => {
    const post = answering();
    expect(await postInTime([], frames, post)).toMatchObject({
      delivered: [],
      gone: [],
      failed: [],
      posts: 0,
    });
    expect(post).not.toHaveBeenCalled();
  });
});

describe('an answer', () => {
  const [connection] = connections(1);

  beforeEach(() => {
    // The shortest wait that the jitter allows.
    vi.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each<[PostOutcome[], 'delivered' | 'gone' | 'failed', { posts: number; throttled: number }]>([
    [['delivered'], 'delivered', { posts: 1, throttled: 0 }],
    [['gone'], 'gone', { posts: 1, throttled: 0 }],
    [['failed', 'delivered'], 'delivered', { posts: 2, throttled: 0 }],
    [['throttled', 'throttled', 'delivered'], 'delivered', { posts: 3, throttled: 2 }],
    [['failed', 'gone'], 'gone', { posts: 2, throttled: 0 }],
    [['failed', 'failed', 'failed'], 'failed', { posts: 3, throttled: 0 }],
    [['throttled', 'throttled', 'throttled'], 'failed', { posts: 3, throttled: 3 }],
  ])('%j: the connection is %s', async (outcomes, bucket, counts) => {
    const results = await postInTime(connections(1), [frame], answering(...outcomes));
    const retried = counts.posts - 1;
    const nobody = { delivered: [], gone: [], failed: [] };
    expect(results).toEqual({
      ...nobody,
      [bucket]: [connection],
      ...counts,
      retried,
      lastDeliveredAt: expect.any(Number),
    });
  });

  it('that fails a frame for good keeps the later ones back, so that none overtakes', async () => {
    const post = answering('delivered', 'failed', 'failed', 'failed');
    const results = await postInTime(connections(1), frames, post);
    expect(post.mock.calls.map(([, text]) => text)).toEqual(['one', 'two', 'two', 'two']);
    expect(results.failed).toEqual([connection]);
  });

  it('that says gone ends the posts to that connection', async () => {
    const post = answering('gone');
    await postInTime(connections(1), frames, post);
    expect(post).toHaveBeenCalledTimes(1);
  });
});

describe('between two tries', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('it waits a random time that grows', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const at: number[] = [];
    const started = performance.now();
    await postInTime(connections(1), [frame], async () => {
      at.push(performance.now() - started);
      return 'failed';
    });
    const [first = 0, second = 0, third = 0] = at;
    // A timer may fire a millisecond early.
    expect(second - first).toBeGreaterThanOrEqual(98);
    expect(third - second).toBeGreaterThanOrEqual(398);
  });
});
