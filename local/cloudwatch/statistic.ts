import type { Distribution } from './distribution.ts';

/** What a period's values come to; undefined where that cannot be said. */
export type Statistic = (values: Distribution) => number | undefined;

/** No statistic of CloudWatch's, or one that is not played here. */
export class UnsupportedStatisticError extends Error {
  override readonly name = 'UnsupportedStatisticError';
}

const simple: Record<string, Statistic> = {
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => sum / count,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
};

/** `Sum`, `p99`, `p99.9`, `tm95`… @throws UnsupportedStatisticError */
export function parseStatistic(name: string): Statistic {
  const found = simple[name];
  if (found) return found;
  const [, kind, digits] = /^(p|tm)(\d{1,3}(?:\.\d+)?)$/.exec(name) ?? [];
  const percent = Number(digits);
  if (kind === undefined || percent > 100)
    throw new UnsupportedStatisticError(`The statistic ${name} is not played by the local cloud`);
  return kind === 'p' ? (values) => values.percentile(percent) : (values) => values.trimmedMean(percent);
}
