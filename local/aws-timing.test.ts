import { describe, expect, it } from 'vitest';
import { awsLatencies, draw, shortest } from './aws-timing.ts';

describe.each(Object.entries(awsLatencies))('draws for %s', (_, latency) => {
  const values = Float64Array.from({ length: 40_000 }, draw(latency, seeded(7))).sort();

  it('have its percentiles', () => {
    expect((values[values.length * 0.5] ?? 0) / latency.p50).toBeCloseTo(1, 1);
    expect((values[values.length * 0.99] ?? 0) / latency.p99).toBeCloseTo(1, 1);
  });

  it('are never below the shortest, nor without end', () => {
    expect(values[0]).toBeGreaterThanOrEqual(shortest(latency));
    expect(values.at(-1)).toBeLessThan(latency.p99 * 2);
  });
});

/** The same numbers in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
