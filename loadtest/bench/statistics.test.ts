import { describe, expect, it } from 'vitest';
import { medianOf, sampleOf, verdict } from './statistics.ts';

describe('a sample', () => {
  it('has the median and the range', () => {
    expect(sampleOf([9, 1, 5])).toEqual({ median: 5, low: 1, high: 9 });
    expect(sampleOf([10, 1, 4, 2])).toEqual({ median: 3, low: 1, high: 10 });
    expect(medianOf([7])).toBe(7);
  });

  it('is not made of nothing', () => {
    expect(() => sampleOf([])).toThrow(RangeError);
    expect(medianOf([])).toBeNaN();
  });
});

describe('a verdict', () => {
  it('holds up to its bound', () => {
    expect(verdict('a', { atMost: 2 }, 2, '×').holds).toBe(true);
    expect(verdict('a', { atMost: 2 }, 2.01, '×').holds).toBe(false);
    expect(verdict('a', { atLeast: 2 }, 2, '×').holds).toBe(true);
    expect(verdict('a', { atLeast: 2 }, 1.99, '×').holds).toBe(false);
  });

  it('does not hold where nothing was measured', () => {
    for (const nothing of [undefined, Number.NaN])
      expect(verdict('a', { atMost: 2 }, nothing, '×')).toMatchObject({
        claim: 'a (not measured)',
        holds: false,
      });
  });

  it('does not hold against a bound that was not measured', () => {
    expect(verdict('a', { atMost: Number.NaN }, 1, 'ms').holds).toBe(false);
  });
});
