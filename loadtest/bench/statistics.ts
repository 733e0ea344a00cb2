import type { Sample, Verdict } from './results.ts';

/** Of at least one value; of an even number of them the median is the mean of the middle two. */
export function sampleOf(values: readonly number[]): Sample {
  const sorted = values.toSorted((a, b) => a - b);
  const [low] = sorted;
  const high = sorted.at(-1);
  if (low === undefined || high === undefined) throw new RangeError('A sample of nothing');
  return { median: medianOf(sorted), low, high };
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [below, above] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return below === undefined || above === undefined ? Number.NaN : (below + above) / 2;
}

/** A claim that was not measured, its rows being void, does not hold. */
export function verdict(
  claim: string,
  bound: Verdict['bound'],
  measured: number | undefined,
  unit: string,
): Verdict {
  if (measured === undefined || Number.isNaN(measured))
    return { claim: `${claim} (not measured)`, bound, measured: Number.NaN, unit, holds: false };
  const holds = 'atMost' in bound ? measured <= bound.atMost : measured >= bound.atLeast;
  return { claim, bound, measured, unit, holds };
}
