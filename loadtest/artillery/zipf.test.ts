import { describe, expect, it } from 'vitest';
import { drawDistinct, zipf } from './zipf.ts';

describe('the Zipf law', () => {
  it('gives the second half of what it gives the first, the third a third', () => {
    const [first = 0, second, third] = zipf(3);
    expect(second).toBeCloseTo(first / 2);
    expect(third).toBeCloseTo(first / 3);
  });

  it('adds up to one', () => {
    expect(zipf(500).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1);
  });

  it('is even with an exponent of 0', () => {
    expect(zipf(4, 0)).toEqual([0.25, 0.25, 0.25, 0.25]);
  });
});

describe('drawing', () => {
  it('gives different ones, and all of them where more are asked for', () => {
    expect(drawDistinct(zipf(3), 5, Math.random).sort()).toEqual([0, 1, 2]);
  });

  it('takes by weight', () => {
    const weights = [0.5, 0.3, 0.2];
    expect(drawDistinct(weights, 1, () => 0.49)).toEqual([0]);
    expect(drawDistinct(weights, 1, () => 0.51)).toEqual([1]);
    expect(drawDistinct(weights, 1, () => 0.99)).toEqual([2]);
  });

  it('fills a popular room more than others', () => {
    const random = numbers(42);
    const members = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (let person = 0; person < 1_000; person++) {
      for (const room of drawDistinct(zipf(10), 3, random)) members[room] = (members[room] ?? 0) + 1;
    }
    expect(members[0]).toBeGreaterThan(700);
    expect(members[9]).toBeLessThan(250);
  });
});

/** The same numbers each time: a linear congruential generator. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
