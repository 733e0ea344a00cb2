import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shardOf, showsGrowth } from './shards.ts';

describe('the shard of a connection', () => {
  it('never changes: rows that are written already must be found', () => {
    // Published values of 32-bit FNV-1a.
    expect(shardOf('', 2 ** 32)).toBe(0x811c9dc5);
    expect(shardOf('a', 2 ** 32)).toBe(0xe40c292c);
    expect(shardOf('foobar', 2 ** 32)).toBe(0xbf9cf968);
    expect(shardOf('L0SM9cOFvHcCIhw=', 16)).toBe(13);
  });

  it('is below the count', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 4096 }), (id, shards) => {
        const shard = shardOf(id, shards);
        expect(shard).toBeGreaterThanOrEqual(0);
        expect(shard).toBeLessThan(shards);
      }),
    );
  });

  it('when the count doubles, stays or moves by the old count: growth splits each shard in two', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 12 }), (id, power) => {
        const shards = 2 ** power;
        expect([shardOf(id, shards), shardOf(id, shards) + shards]).toContain(shardOf(id, shards * 2));
      }),
    );
  });

  it.each([2, 16, 64])('spreads ids such as API Gateway gives evenly over %i shards', (shards) => {
    const counts = new Array<number>(shards).fill(0);
    const connections = 1_000 * shards;
    for (let n = 0; n < connections; n++) {
      // API Gateway's ids are base64 of a few bytes, many of which are alike.
      const id = Buffer.from(`L0SM${n.toString(36).padStart(7, 'A')}`).toString('base64');
      const shard = shardOf(id, shards);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });
});

describe('a shard over its size', () => {
  it('means growth where the room has one shard, and after that in the half that the last growth added', () => {
    expect(showsGrowth(0, 1)).toBe(true);
    expect([0, 1].map((shard) => showsGrowth(shard, 2))).toEqual([false, true]);
    expect([0, 1, 2, 3].map((shard) => showsGrowth(shard, 4))).toEqual([false, false, true, true]);
  });
});
