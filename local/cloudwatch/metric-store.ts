import type { Clock } from './clock.ts';
import { Distribution } from './distribution.ts';

export interface MetricId {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
}

interface Metric extends MetricId {
  /** By the beginning of their minute. */
  minutes: Map<number, Distribution>;
  /** Milliseconds since the epoch of the latest value. */
  lastAt: number;
}

/** Minutes that are kept of a metric: three hours of CloudWatch's. */
const keptMinutes = 180;

/** PutMetricData in the API reference: a time may lie two hours ahead. */
const maxAheadMs = 2 * 3_600_000;

/** A metric for each room or person would be a mistake on AWS as well, where each costs money. */
const maxMetrics = 10_000;

/** Every metric's values, by minutes, in memory. */
export class MetricStore {
  readonly #clock: Clock;
  readonly #onWarning: (line: string) => void;
  readonly #metrics = new Map<string, Metric>();
  #isFull = false;
  #sweptAt = 0;

  constructor(clock: Clock, onWarning: (line: string) => void) {
    this.#clock = clock;
    this.#onWarning = onWarning;
  }

  /** Adds a value that came `times` times. What is older than three hours, two ahead, or not finite is not kept. */
  record(
    namespace: string,
    name: string,
    dimensions: Record<string, string>,
    value: number,
    { at = Date.now(), times = 1 }: { at?: number; times?: number } = {},
  ): void {
    const now = Date.now();
    if (!Number.isFinite(value) || at < this.oldest(now) || at > now + maxAheadMs) return;
    const metric = this.#metric(namespace, name, dimensions);
    if (!metric) return;
    const minute = this.#clock.minuteOf(at);
    let values = metric.minutes.get(minute);
    if (!values) {
      values = new Distribution();
      metric.minutes.set(minute, values);
    }
    values.add(value, times);
    if (at > metric.lastAt) metric.lastAt = at;
    if (now - this.#sweptAt > this.#clock.minuteMs) this.#sweep(now);
  }

  /** The values of `[from, to)`, both beginnings of minutes; undefined where there are none. */
  read({ namespace, name, dimensions }: MetricId, from: number, to: number): Distribution | undefined {
    const metric = this.#metrics.get(keyOf(namespace, name, dimensions));
    if (!metric) return undefined;
    const { minuteMs } = this.#clock;
    if (to - from === minuteMs) return metric.minutes.get(from);
    let all: Distribution | undefined;
    for (let minute = from; minute < to; minute += minuteMs) {
      const values = metric.minutes.get(minute);
      if (!values) continue;
      all ??= new Distribution();
      all.merge(values);
    }
    return all;
  }

  /** Every metric that has values, with the time of its latest one. */
  list(): (MetricId & { lastAt: number })[] {
    return [...this.#metrics.values()].map(({ minutes, ...metric }) => metric);
  }

  /** The time before which nothing is kept. */
  oldest(now = Date.now()): number {
    return this.#clock.minuteOf(now) - keptMinutes * this.#clock.minuteMs;
  }

  #metric(namespace: string, name: string, dimensions: Record<string, string>): Metric | undefined {
    const key = keyOf(namespace, name, dimensions);
    const found = this.#metrics.get(key);
    if (found) return found;
    if (this.#metrics.size >= maxMetrics) {
      if (!this.#isFull)
        this.#onWarning(`CloudWatch: more than ${maxMetrics} metrics; ${namespace} ${name} is not kept.`);
      this.#isFull = true;
      return undefined;
    }
    const metric: Metric = { namespace, name, dimensions: { ...dimensions }, minutes: new Map(), lastAt: 0 };
    this.#metrics.set(key, metric);
    return metric;
  }

  #sweep(now: number): void {
    this.#sweptAt = now;
    const oldest = this.oldest(now);
    for (const [key, { minutes, lastAt }] of this.#metrics) {
      // Beginning with the first that came, so this stops at once where there is nothing to do.
      for (const minute of minutes.keys()) {
        if (minute >= oldest) break;
        minutes.delete(minute);
      }
      if (lastAt < oldest) this.#metrics.delete(key);
    }
  }
}

function keyOf(namespace: string, name: string, dimensions: Record<string, string>): string {
  const names = Object.keys(dimensions);
  if (names.length > 1) names.sort();
  let key = `${namespace}\n${name}`;
  for (const dimension of names) key += `\n${dimension}\n${dimensions[dimension]}`;
  return key;
}
