import { describe, expect, it } from 'vitest';
import { evaluate, type MathScope } from './math.ts';
import { MetricMathError, parseExpression } from './math-parser.ts';
import type { Series, Value } from './series.ts';

/** Three minutes; what is missing is undefined. */
const times = [0, 60_000, 120_000];

function series(id: string, ...values: (number | undefined)[]): Series {
  const points = new Map<number, number>();
  for (const [index, value] of values.entries())
    if (value !== undefined) points.set(times[index] ?? Number.NaN, value);
  return { id, label: id, period: 60, points };
}

const all = [
  series('m1', 10, 20, 40),
  series('m2', 2, undefined, 5),
  series('errors', undefined, 1, undefined),
  series('none'),
  series('minus', -1.5, 0, 2.5),
];

const scope: MathScope = {
  lookup(id) {
    if (id === 'REPEAT') return 'REPEAT';
    const found = all.find((one) => one.id === id);
    if (!found) throw new MetricMathError(`no ${id}`);
    return found;
  },
  metrics: () => all,
  search: (expression, stat, period) => [
    series(`${expression}/${stat}/${period}`, 1, 1, 1),
    series('found', 2, 2),
  ],
  times: () => times,
  seconds: (from, to) => (to - from) / 1_000,
};

function show(value: Value): unknown {
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(show);
  return times.map((at) => value.points.get(at));
}

const worth = (expression: string) => show(evaluate(parseExpression(expression), scope));
const _ = undefined;

describe('metric math', () => {
  it.each([
    ['1 + 2 * 3 ^ 2 - 4 / 2', 17],
    ['(1 + 2) * 3', 9],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['8 - 2 - 1', 5],
    ['1e3 + .5', 1000.5],
    ['1 < 2 AND 2 <= 2 && NOT_HERE > 0 || 1', MetricMathError],
    ['1 < 2 AND 2 <= 2', 1],
    ['1 > 2 OR 0', 0],
    ['1 == 1 AND 1 != 1 OR 1', 1],
    ['m1 * 2', [20, 40, 80]],
    ['100 / m1', [10, 5, 2.5]],
    // Only where both have a value.
    ['m1 / m2', [5, _, 8]],
    ['m1 + none', [_, _, _]],
    // A division by zero has no value.
    ['m1 / minus', [10 / -1.5, _, 16]],
    ['-m1', [-10, -20, -40]],
    ['m1 >= 20', [0, 1, 1]],
    ['m1 > 10 AND m2 > 2', [0, _, 1]],
    [
      '[m1, minus] * 2',
      [
        [20, 40, 80],
        [-3, 0, 5],
      ],
    ],
    [
      '[m1, minus] - m1',
      [
        [0, 0, 0],
        [-11.5, -20, -37.5],
      ],
    ],
    [
      '[m1, minus] + [minus, m1]',
      [
        [8.5, 20, 42.5],
        [8.5, 20, 42.5],
      ],
    ],
  ])('%s', (expression, expected) => {
    if (expected === MetricMathError) expect(() => worth(expression)).toThrow(MetricMathError);
    else expect(worth(expression)).toEqual(expected);
  });

  it.each([
    ['SUM(m1)', 70],
    ['AVG(m2)', 3.5],
    ['MIN(minus)', -1.5],
    ['MAX(m1)', 40],
    ['MAX(none)', [_, _, _]],
    ['SUM([m1, m2])', [12, 20, 45]],
    ['AVG([m1, m2])', [6, 20, 22.5]],
    ['MAX([m2, errors])', [2, 1, 5]],
    ['MIN([m1, m2])', [2, 20, 5]],
    ['SUM(METRICS("m"))', [10.5, 20, 47.5]],
    ['SUM(METRICS("nothing"))', []],
    ['m1 - AVG(m2)', [6.5, 16.5, 36.5]],
    ['FILL(errors, 0)', [0, 1, 0]],
    ['FILL(none, 0)', [0, 0, 0]],
    ['FILL(m2, REPEAT)', [2, 2, 5]],
    ['FILL(errors, REPEAT)', [_, 1, 1]],
    ['FILL(m2, m1)', [2, 20, 5]],
    [
      'FILL([m2, errors], 9)',
      [
        [2, 9, 5],
        [9, 1, 9],
      ],
    ],
    ['FILL(errors, 0) / m1 * 100', [0, 5, 0]],
    ['IF(m1 > 15, 1, 0)', [0, 1, 1]],
    ['IF(m1 > 15, m1)', [_, 20, 40]],
    ['IF(m1 > 15, m2, minus)', [-1.5, _, 5]],
    ['IF(1 > 2, 5, 6)', 6],
    ['DIFF(m1)', [_, 10, 20]],
    ['DIFF(m2)', [_, _, 3]],
    ['RATE(m1)', [_, 10 / 60, 20 / 60]],
    ['RATE(m2)', [_, _, 3 / 120]],
    ['m1 / PERIOD(m1)', [10 / 60, 20 / 60, 40 / 60]],
    ['ABS(minus)', [1.5, 0, 2.5]],
    ['CEIL(minus)', [-1, 0, 3]],
    ['FLOOR(minus)', [-2, 0, 2]],
    ['ceil(1.2) + Floor(1.8)', 3],
    ['RUNNING_SUM(m1)', [10, 30, 70]],
    ['TIME_SERIES(3) + m1', [13, 23, 43]],
    [`SUM(SEARCH('{N,d} MetricName="x"', 'Sum', 60))`, [3, 3, 1]],
  ])('%s', (expression, expected) => {
    expect(worth(expression)).toEqual(expected);
  });

  it.each([
    ['m1 +', 'a value is missing'],
    ['m1 m2', 'm2 is not expected'],
    ['(m1', ') is missing'],
    ['m1 % 2', 'cannot be read from "% 2" on'],
    ['unknown', 'no unknown'],
    ['ANOMALY_DETECTION_BAND(m1)', 'ANOMALY_DETECTION_BAND of metric math is not played'],
    ['SUM(1)', 'SUM takes metrics'],
    ['FILL(m1)', 'FILL takes a number'],
    ['FILL(1, 0)', 'FILL takes one metric'],
    ['[m1, m2] + [m1]', 'as many metrics on both sides'],
    ['[1]', 'A list holds metrics only'],
    ['"text" + 1', 'takes no text'],
  ])('%s is refused', (expression, message) => {
    expect(() => worth(expression)).toThrow(message);
    expect(() => worth(expression)).toThrow(MetricMathError);
  });
});
