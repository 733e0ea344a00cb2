import { describe, expect, it } from 'vitest';
import { Clock } from './clock.ts';
import { MetricStore } from './metric-store.ts';

function newStore(timeScale = 1) {
  const warnings: string[] = [];
  const clock = new Clock(timeScale);
  return { clock, warnings, store: new MetricStore(clock, (line) => warnings.push(line)) };
}

const metric = { namespace: 'Test', name: 'Size', dimensions: {} };

describe('the metric store', () => {
  it('keeps values by the minute that they belong to', () => {
    const { clock, store } = newStore();
    const minute = clock.minuteOf(Date.now()) - 120_000;
    for (const [at, value] of [
      [minute - 1, 1],
      [minute, 2],
      [minute + 59_999, 3],
      [minute + 60_000, 4],
    ] as const)
      store.record('Test', 'Size', {}, value, { at });
    const sums = [-60_000, 0, 60_000].map(
      (offset) => store.read(metric, minute + offset, minute + offset + 60_000)?.sum,
    );
    expect(sums).toEqual([1, 5, 4]);
    expect(store.read(metric, minute - 60_000, minute + 120_000)).toMatchObject({
      sum: 10,
      count: 4,
      max: 4,
    });
    expect(store.read(metric, minute + 120_000, minute + 180_000)).toBeUndefined();
  });

  it('makes minutes shorter at a higher scale', () => {
    const { clock, store } = newStore(60);
    expect(clock.width(60)).toBe(1_000);
    expect(clock.width(300)).toBe(5_000);
    const second = clock.minuteOf(Date.now());
    store.record('Test', 'Size', {}, 1, { at: second - 1 });
    store.record('Test', 'Size', {}, 2, { at: second });
    expect(store.read(metric, second, second + 1_000)?.sum).toBe(2);
  });

  it('tells metrics apart by all their dimensions, in whatever order', () => {
    const { clock, store } = newStore();
    const minute = clock.minuteOf(Date.now());
    const read = (dimensions: Record<string, string>) =>
      store.read({ ...metric, dimensions }, minute, minute + 60_000)?.sum;
    store.record('Test', 'Size', { a: '1', b: '2' }, 1, { at: minute });
    store.record('Test', 'Size', { b: '2', a: '1' }, 2, { at: minute });
    store.record('Test', 'Size', { a: '1' }, 10, { at: minute });
    store.record('Other', 'Size', { a: '1' }, 100, { at: minute });
    expect([read({ b: '2', a: '1' }), read({ a: '1' }), read({})]).toEqual([3, 10, undefined]);
    expect(store.list()).toHaveLength(3);
  });

  it('keeps nothing that is older than three hours, far ahead or no number', () => {
    const { store } = newStore();
    store.record('Test', 'Size', {}, 1, { at: Date.now() - 3 * 3_600_000 - 60_000 });
    store.record('Test', 'Size', {}, 1, { at: Date.now() + 3 * 3_600_000 });
    store.record('Test', 'Size', {}, Number.NaN);
    expect(store.list()).toEqual([]);
  });

  it('forgets minutes and metrics as they grow old', async () => {
    const { clock, store } = newStore(3_000);
    store.record('Test', 'Old', {}, 1);
    const { lastAt } = store.list()[0] ?? { lastAt: 0 };
    await expect
      .poll(() => {
        store.record('Test', 'New', {}, 1);
        return store.list().map(({ name }) => name);
      })
      .toEqual(['New']);
    expect(Date.now() - lastAt).toBeGreaterThan(180 * clock.minuteMs);
  });

  it('has room for ten thousand metrics, and says so once', () => {
    const { store, warnings } = newStore();
    for (let room = 0; room < 10_005; room++) store.record('Test', 'Size', { room: String(room) }, 1);
    expect(store.list()).toHaveLength(10_000);
    expect(warnings).toEqual([expect.stringContaining('more than 10000 metrics')]);
  });
});
