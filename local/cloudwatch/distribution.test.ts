import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Distribution } from './distribution.ts';
import { parseStatistic, UnsupportedStatisticError } from './statistic.ts';

function of(values: number[]): Distribution {
  const distribution = new Distribution();
  for (const value of values) distribution.add(value);
  return distribution;
}

/** The nearest-rank percentile, by its definition. */
function exact(values: number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length - 1e-9) - 1)] ?? Number.NaN;
}

describe('the statistics of a period', () => {
  it.each([
    ['SampleCount', 4],
    ['Sum', 16],
    ['Average', 4],
    ['Minimum', -2],
    ['Maximum', 10],
    ['p50', 3],
    ['p75', 5],
    ['p99.9', 10],
    ['p0', -2],
    ['p100', 10],
    ['tm50', 0.5],
    ['tm75', 2],
    ['tm90', 12 / 3.6],
  ])('%s', (name, expected) => {
    expect(parseStatistic(name)(of([10, 3, 5, -2]))).toBeCloseTo(expected, 10);
  });

  it.each(['IQR', 'p101', 'tc99', 'sum', 'p', 'PR(:300)'])('%s is refused', (name) => {
    expect(() => parseStatistic(name)).toThrow(UnsupportedStatisticError);
  });
});

describe('percentiles', () => {
  const percents = [1, 25, 50, 90, 95, 99, 99.9];

  it('are exact for some hundred values', () => {
    const values = Array.from({ length: 500 }, (_, index) => ((index * 7919) % 500) * 1.5);
    for (const percent of percents) expect(of(values).percentile(percent)).toBe(exact(values, percent));
  });

  it('are off by less than a percent for any number of them, also where they were merged', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e9, noNaN: true }), { minLength: 600, maxLength: 1_500 }),
        (values) => {
          const merged = new Distribution();
          merged.merge(of(values.slice(0, 550)));
          merged.merge(of(values.slice(550)));
          for (const distribution of [of(values), merged]) {
            for (const percent of percents) {
              const wanted = exact(values, percent);
              const error = Math.abs((distribution.percentile(percent) ?? Number.NaN) - wanted);
              expect(error).toBeLessThanOrEqual(Math.abs(wanted) * 0.01);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('keep count, sum, minimum and maximum exact when distributions are merged', () => {
    const values = Array.from({ length: 2_000 }, (_, index) => Math.sin(index) * 1_000);
    const merged = new Distribution();
    for (let start = 0; start < values.length; start += 100)
      merged.merge(of(values.slice(start, start + 100)));
    expect(merged).toMatchObject({
      count: 2_000,
      min: Math.min(...values),
      max: Math.max(...values),
    });
    expect(merged.sum).toBeCloseTo(
      values.reduce((sum, value) => sum + value, 0),
      6,
    );
  });

  it('weigh values that came several times', () => {
    const distribution = new Distribution();
    distribution.add(1, 98);
    distribution.add(50, 2);
    expect([98, 99].map((percent) => distribution.percentile(percent))).toEqual([1, 50]);
  });
});
