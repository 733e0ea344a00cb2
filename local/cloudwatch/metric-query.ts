import { z } from 'zod';
import type { Clock } from './clock.ts';
import { evaluate, type MathScope } from './math.ts';
import { MetricMathError, parseExpression } from './math-parser.ts';
import type { MetricStore } from './metric-store.ts';
import { search } from './search.ts';
import type { Series, Value } from './series.ts';
import { parseStatistic } from './statistic.ts';

const dimension = z.strictObject({ Name: z.string(), Value: z.string() });

/** Dimensions as the API and CloudFormation write them, made one object. */
export const dimensions = z
  .array(dimension)
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ Name, Value }) => [Name, Value])));

/** CloudWatch's seconds. Periods of less than a minute belong to high-resolution metrics, which are not played. */
export const period = z.coerce.number().int().min(60).multipleOf(60);

/** A MetricDataQuery, of GetMetricData and of alarms over several metrics. */
export const metricDataQuery = z.strictObject({
  Id: z.string().regex(/^[a-z]\w*$/),
  MetricStat: z
    .strictObject({
      Metric: z.strictObject({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
      Period: period,
      Stat: z.string(),
      // All values of one metric have one unit here.
      Unit: z.string().optional(),
    })
    .optional(),
  Expression: z.string().optional(),
  Label: z.string().optional(),
  Period: period.optional(),
  ReturnData: z.boolean().optional(),
  // There is one account.
  AccountId: z.string().optional(),
});

export type MetricDataQuery = z.output<typeof metricDataQuery>;

/** What the queries are answered from, and for which times. */
export interface QueryFrame {
  store: MetricStore;
  clock: Clock;
  /** The beginnings of the periods of this length, ascending. */
  times(periodSeconds: number): number[];
}

/** The beginnings of the periods that `[start, end)` touches, aligned as CloudWatch's are; none before `oldest`. */
export function alignedTimes(clock: Clock, start: number, end: number, oldest: number) {
  return (periodSeconds: number): number[] => {
    const width = clock.width(periodSeconds);
    const times: number[] = [];
    const first = Math.floor(Math.max(start, oldest) / width) * width;
    for (let at = first; at < end; at += width) times.push(at);
    return times;
  };
}

/**
 * What each query that returns data comes to, in their order. One that finds several metrics has several series.
 * @throws MetricMathError, UnsupportedStatisticError
 */
export function runQueries(queries: readonly MetricDataQuery[], frame: QueryFrame): Series[] {
  const run = new QueryRun(queries, frame);
  return queries.filter(({ ReturnData }) => ReturnData !== false).flatMap((query) => run.series(query));
}

class QueryRun {
  readonly #queries: readonly MetricDataQuery[];
  readonly #frame: QueryFrame;
  readonly #values = new Map<string, Value>();
  readonly #underWay = new Set<string>();
  readonly #scope: MathScope;

  constructor(queries: readonly MetricDataQuery[], frame: QueryFrame) {
    this.#queries = queries;
    this.#frame = frame;
    this.#scope = {
      lookup: (id) => this.#lookup(id),
      metrics: () => queries.flatMap((query) => (query.MetricStat ? this.series(query) : [])),
      search: (expression, stat, period) => this.#search(expression, stat, period),
      times: (seconds) => frame.times(seconds),
      seconds: (from, to) => frame.clock.seconds(from, to),
    };
  }

  series(query: MetricDataQuery): Series[] {
    const value = this.#lookup(query.Id);
    if (typeof value === 'string') throw new MetricMathError(`${query.Id} is a text`);
    const all = typeof value === 'number' ? [this.#constant(query, value)] : [value].flat();
    const own = query.Label ?? query.Id;
    return all.map((series) => ({
      ...series,
      id: query.Id,
      label: query.MetricStat ? (query.Label ?? series.label) : Array.isArray(value) ? series.label : own,
    }));
  }

  #lookup(id: string): Value {
    const known = this.#values.get(id);
    if (known !== undefined) return known;
    const query = this.#queries.find(({ Id }) => Id === id);
    if (!query) {
      // The one word of metric math that looks like an id.
      if (id === 'REPEAT') return 'REPEAT';
      throw new MetricMathError(`There is no metric with the id ${id}`);
    }
    if (this.#underWay.has(id)) throw new MetricMathError(`The expression of ${id} refers to itself`);
    this.#underWay.add(id);
    const value = this.#evaluate(query);
    this.#underWay.delete(id);
    this.#values.set(id, value);
    return value;
  }

  #evaluate({ Id, MetricStat, Expression }: MetricDataQuery): Value {
    if (MetricStat) return this.#metric(Id, MetricStat);
    if (Expression === undefined) throw new MetricMathError(`${Id} has neither MetricStat nor Expression`);
    return evaluate(parseExpression(Expression), this.#scope);
  }

  #metric(id: string, { Metric, Period, Stat }: NonNullable<MetricDataQuery['MetricStat']>): Series {
    const { Namespace: namespace, MetricName: name, Dimensions: dimensions } = Metric;
    return { ...this.#read({ namespace, name, dimensions }, Stat, Period), id, label: name };
  }

  #search(expression: string, stat: string, period = 60): Series[] {
    return search(expression, this.#frame.store.list()).map((metric) => ({
      ...this.#read(metric, stat, period),
      id: '',
      label: [metric.name, ...Object.values(metric.dimensions)].join(' '),
    }));
  }

  #read(metric: Parameters<MetricStore['read']>[0], stat: string, period: number) {
    const { store, clock, times } = this.#frame;
    const statistic = parseStatistic(stat);
    const width = clock.width(period);
    const points = new Map<number, number>();
    for (const at of times(period)) {
      const values = store.read(metric, at, at + width);
      const value = values && statistic(values);
      if (value !== undefined) points.set(at, value);
    }
    return { period, points };
  }

  #constant({ Id, Period }: MetricDataQuery, value: number): Series {
    const period = Period ?? Math.min(...this.#scope.metrics().map((series) => series.period), 3_600);
    return { id: Id, label: Id, period, points: new Map(this.#frame.times(period).map((at) => [at, value])) };
  }
}
