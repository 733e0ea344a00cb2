export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export type TreatMissingData = 'missing' | 'notBreaching' | 'breaching' | 'ignore';

export interface AlarmRule {
  /** N: how many of the latest data points are looked at. */
  evaluationPeriods: number;
  /** M: how many of them must breach. */
  datapointsToAlarm: number;
  treatMissingData: TreatMissingData;
  breaches(value: number): boolean;
}

/** One period's value; undefined where the metric had none. */
export interface Datapoint {
  at: number;
  value: number | undefined;
}

/** What the data say. `real` are the data points that were looked at, newest first. */
export interface Verdict {
  /** Undefined: the alarm stays as it is. */
  state: AlarmState | undefined;
  real: { at: number; value: number }[];
  breaching: number;
  /** How many missing data points were filled in. */
  filled: number;
}

/**
 * Periods that are looked at where data is missing: two more than are evaluated, as in the examples of "Configuring how
 * CloudWatch alarms treat missing data". CloudWatch does not say its own number.
 */
export function evaluationRange(evaluationPeriods: number): number {
  return evaluationPeriods + 2;
}

/**
 * Judges a whole evaluation range, oldest first, by the rules of that page: the latest N data points that exist decide;
 * only where fewer exist is what is missing filled in, as seldom as possible.
 */
export function judge(range: readonly Datapoint[], rule: AlarmRule): Verdict {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData, breaches } = rule;
  /** Newest first, with their age in periods: 1 is the latest. */
  const existing = range
    .toReversed()
    .flatMap(({ at, value }, index) => (value === undefined ? [] : [{ at, value, age: index + 1 }]));
  const real = existing.slice(0, evaluationPeriods);
  const breaching = real.filter(({ value }) => breaches(value)).length;
  const filled = evaluationPeriods - real.length;
  const verdict = (state: AlarmState | undefined): Verdict => ({ state, real, breaching, filled });
  const byThreshold = (count: number) => verdict(count >= datapointsToAlarm ? 'ALARM' : 'OK');

  if (filled === 0 || breaching >= datapointsToAlarm) return byThreshold(breaching);
  if (treatMissingData === 'breaching') return byThreshold(breaching + filled);
  if (treatMissingData === 'notBreaching') return byThreshold(breaching);
  if (real.length > breaching) return verdict('OK');
  if (treatMissingData === 'ignore') return verdict(undefined);
  if (real.length === 0) return verdict('INSUFFICIENT_DATA');
  // "Avoiding premature transitions": what breached goes off once it is as old as the alarm waits, if nothing good came.
  return verdict((real.at(-1)?.age ?? 0) >= datapointsToAlarm ? 'ALARM' : 'OK');
}
