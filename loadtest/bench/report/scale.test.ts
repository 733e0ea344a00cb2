import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearScale, logScale, sizesScale } from './scale.ts';

const positive = fc.array(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 20 });

describe('a linear scale', () => {
  it('goes from zero to a round number, in round steps', () => {
    expect(linearScale([61, 47])).toMatchObject({ min: 0, max: 80, ticks: [0, 20, 40, 60, 80] });
    expect(linearScale([0.3]).ticks).toEqual([0, 0.1, 0.2, 0.3]);
  });

  it('of nothing still is one', () => {
    expect(linearScale([]).ticks.length).toBeGreaterThan(1);
    expect(linearScale([0]).at(0)).toBe(0);
  });
});

describe('a logarithmic scale', () => {
  it('has powers of ten where there are many, else numbers between', () => {
    expect(logScale([1.4, 122_000]).ticks).toEqual([1, 10, 100, 1_000, 10_000, 100_000]);
    expect(logScale([12, 40])).toMatchObject({ min: 10, max: 50, ticks: [10, 20, 50] });
    expect(logScale([0.02, 0.3]).ticks).toEqual([0.02, 0.05, 0.1, 0.2, 0.5]);
  });

  it('puts each power of ten as far from the one before', () => {
    const { at } = logScale([1, 1_000]);
    expect([1, 10, 100, 1_000].map(at)).toEqual(
      [0, 1 / 3, 2 / 3, 1].map((share) => expect.closeTo(share, 9)),
    );
  });

  it('draws what is zero or less at its edge', () => {
    const { at, min } = logScale([0, -5, 3, 40]);
    expect(min).toBeGreaterThan(0);
    expect([at(0), at(-5)]).toEqual([0, 0]);
    expect(logScale([0]).ticks.length).toBeGreaterThan(1);
  });
});

it.each([linearScale, logScale])('%o holds every value, and at least two ticks', (scaleOf) => {
  fc.assert(
    fc.property(positive, (values) => {
      const { min, max, ticks, at } = scaleOf(values);
      for (const value of values) {
        expect(value).toBeLessThanOrEqual(max * (1 + 1e-9));
        expect(value).toBeGreaterThanOrEqual(min * (1 - 1e-9));
      }
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(17);
      expect(ticks.map(at)).toEqual(ticks.map(at).toSorted((a, b) => a - b));
    }),
  );
});

describe('the scale of sizes', () => {
  it('has a tick for each size that was measured', () => {
    expect(sizesScale('log', [10_000, 100, 1_000, 100]).ticks).toEqual([100, 1_000, 10_000]);
  });

  it('has a single size in its middle', () => {
    expect(sizesScale('log', [1_000]).at(1_000)).toBeCloseTo(0.5);
  });
});
