import {
  type CloudWatchClient,
  type MetricDataQuery,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';

export interface MetricName {
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
}

/** Metrics a call (GetMetricData's limit). */
const batchSize = 500;

/**
 * Asks for many metrics' sums at once: `add` each, then `read` all, then ask for each by what `add` returned. A metric
 * without values in the time is undefined.
 */
export class MetricSums {
  readonly #queries: MetricDataQuery[] = [];
  readonly #sums = new Map<string, number>();
  readonly #period: number;
  readonly #since: Date;
  readonly #until: Date;

  constructor(since: Date, until: Date) {
    this.#since = since;
    this.#until = until;
    this.#period = periodOf(until.getTime() - since.getTime());
  }

  /** @returns the metric's sum, once it is read */
  add({ namespace, metric, dimensions }: MetricName): () => number | undefined {
    const id = `m${this.#queries.length}`;
    this.#queries.push({
      Id: id,
      MetricStat: {
        Metric: {
          Namespace: namespace,
          MetricName: metric,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        },
        Period: this.#period,
        Stat: 'Sum',
      },
    });
    return () => this.#sums.get(id);
  }

  async read(client: CloudWatchClient, onProgress: (read: number, all: number) => void): Promise<void> {
    for (let start = 0; start < this.#queries.length; start += batchSize) {
      const pages = paginateGetMetricData(
        { client },
        {
          MetricDataQueries: this.#queries.slice(start, start + batchSize),
          StartTime: this.#since,
          EndTime: this.#until,
        },
      );
      for await (const { MetricDataResults = [] } of pages) {
        for (const { Id = '', Values = [] } of MetricDataResults) {
          if (Values.length === 0) continue;
          const sum = Values.reduce((total, value) => total + value, 0);
          this.#sums.set(Id, (this.#sums.get(Id) ?? 0) + sum);
        }
      }
      onProgress(Math.min(start + batchSize, this.#queries.length), this.#queries.length);
    }
  }
}

/** Seconds of a period: few enough of them, and no longer than the time that is asked for. */
function periodOf(ms: number): number {
  if (ms <= 3 * 3_600_000) return 60;
  return ms <= 24 * 3_600_000 ? 300 : 3_600;
}
