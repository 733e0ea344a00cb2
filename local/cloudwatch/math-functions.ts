import type { MathScope } from './math.ts';
import { MetricMathError } from './math-parser.ts';
import { acrossSeries, isSeries, mapSeries, type Series, type Value } from './series.ts';

type MathFunction = (args: Value[], scope: MathScope) => Value;

/** Calls a function of metric math by its name in capitals. @throws MetricMathError */
export function callMathFunction(name: string, args: Value[], scope: MathScope): Value {
  const found = functions[name];
  if (!found)
    throw new MetricMathError(`The function ${name} of metric math is not played by the local cloud`);
  return found(args, scope);
}

const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);

const functions: Record<string, MathFunction> = {
  SUM: aggregate('SUM', total),
  AVG: aggregate('AVG', (values) => total(values) / values.length),
  MIN: aggregate('MIN', (values) => Math.min(...values)),
  MAX: aggregate('MAX', (values) => Math.max(...values)),
  ABS: each('ABS', (series) => mapSeries(series, Math.abs), Math.abs),
  CEIL: each('CEIL', (series) => mapSeries(series, Math.ceil), Math.ceil),
  FLOOR: each('FLOOR', (series) => mapSeries(series, Math.floor), Math.floor),
  RUNNING_SUM: each('RUNNING_SUM', (series) => {
    let sum = 0;
    return mapSeries(series, (value) => {
      sum += value;
      return sum;
    });
  }),
  DIFF: each('DIFF', (series) => toPrevious(series, (value, previous) => value - previous)),
  RATE: each('RATE', (series, { seconds }) =>
    toPrevious(series, (value, previous, at, before) => (value - previous) / seconds(before, at)),
  ),
  PERIOD: ([metric]) => oneSeries('PERIOD', metric).period,
  METRICS: ([part], { metrics }) => {
    if (part !== undefined && typeof part !== 'string') throw new MetricMathError('METRICS takes a text');
    return part === undefined ? metrics() : metrics().filter(({ id }) => id.includes(part));
  },
  SEARCH: ([expression, stat, period], { search }) => {
    const isPeriod = period === undefined || typeof period === 'number';
    if (typeof expression !== 'string' || typeof stat !== 'string' || !isPeriod)
      throw new MetricMathError('SEARCH takes a search expression, a statistic and a period');
    return search(expression, stat, period);
  },
  FILL: ([metric, filling], scope) => {
    if (Array.isArray(metric)) return metric.map((series) => fill(series, filling, scope));
    return fill(oneSeries('FILL', metric), filling, scope);
  },
  TIME_SERIES: ([value], scope) => {
    if (typeof value !== 'number') throw new MetricMathError('TIME_SERIES takes a number');
    const period = Math.min(...scope.metrics().map((series) => series.period), 3_600);
    const points = new Map(scope.times(period).map((at) => [at, value]));
    return { id: '', label: String(value), period, points };
  },
  IF: ([condition, then, otherwise]) => choose(condition, then, otherwise),
};

/** Over one metric's values a number; over several metrics a series of what they come to at each time. */
function aggregate(name: string, combine: (values: number[]) => number): MathFunction {
  return (args) => {
    const series = args.flatMap((arg) => (typeof arg === 'object' ? arg : []));
    const [only] = args;
    if (args.length === 1 && only !== undefined && isSeries(only)) {
      const values = [...only.points.values()];
      // Without a value there is none to tell: no number stands for that.
      return values.length === 0 ? { ...only, points: new Map() } : combine(values);
    }
    if (!args.some((arg) => typeof arg === 'object')) throw new MetricMathError(`${name} takes metrics`);
    const numbers = args.filter((arg) => typeof arg === 'number');
    return acrossSeries(series, (values) => combine([...values, ...numbers])) ?? [];
  };
}

function each(
  name: string,
  change: (series: Series, scope: MathScope) => Series,
  ofNumber?: (value: number) => number,
): MathFunction {
  return ([value], scope) => {
    if (typeof value === 'number' && ofNumber) return ofNumber(value);
    if (Array.isArray(value)) return value.map((series) => change(series, scope));
    return change(oneSeries(name, value), scope);
  };
}

function toPrevious(
  series: Series,
  change: (value: number, previous: number, at: number, before: number) => number,
): Series {
  let last: [at: number, value: number] | undefined;
  return mapSeries(series, (value, at) => {
    const before = last;
    last = [at, value];
    return before && change(value, before[1], at, before[0]);
  });
}

/** `FILL(m, 0)`, `FILL(m, REPEAT)` or `FILL(m, other)`. */
function fill(series: Series, filling: Value | undefined, { times }: MathScope): Series {
  const isFilling = typeof filling === 'number' || filling === 'REPEAT' || (filling && isSeries(filling));
  if (!isFilling) throw new MetricMathError('FILL takes a number, REPEAT or a metric to fill in');
  const points = new Map<number, number>();
  let last: number | undefined;
  for (const at of times(series.period)) {
    const there = series.points.get(at);
    const value = there ?? filled(filling, at, last);
    if (value === undefined) continue;
    points.set(at, value);
    last = value;
  }
  return { ...series, points };
}

function filled(filling: Value | undefined, at: number, last: number | undefined): number | undefined {
  if (typeof filling === 'number') return filling;
  if (filling === 'REPEAT') return last;
  return filling !== undefined && isSeries(filling) ? filling.points.get(at) : undefined;
}

function choose(condition: Value | undefined, then: Value | undefined, otherwise: Value | undefined): Value {
  if (condition === undefined || then === undefined)
    throw new MetricMathError('IF takes a condition and what follows');
  if (typeof condition === 'number') {
    if (condition !== 0) return then;
    if (otherwise === undefined)
      throw new MetricMathError('IF has no value for a condition that does not hold');
    return otherwise;
  }
  const series = oneSeries('IF', condition);
  const points = new Map<number, number>();
  const carrier = [then, otherwise].find((value) => value !== undefined && isSeries(value));
  for (const [at, holds] of series.points) {
    const value = valueAt(holds !== 0 ? then : otherwise, at);
    if (value !== undefined) points.set(at, value);
  }
  return { ...(carrier !== undefined && isSeries(carrier) ? carrier : series), points };
}

function valueAt(value: Value | undefined, at: number): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  return oneSeries('IF', value).points.get(at);
}

function oneSeries(name: string, value: Value | undefined): Series {
  if (value !== undefined && isSeries(value)) return value;
  if (Array.isArray(value) && value.length === 1 && value[0]) return value[0];
  throw new MetricMathError(`${name} takes one metric`);
}
