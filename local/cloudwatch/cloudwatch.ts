import type { Credentials } from '../credentials.ts';
import { awsJsonApi } from '../eventbridge/api.ts';
import { type Listening, listen } from '../http.ts';
import type { Authorize } from '../iam/authorize.ts';
import type { Logs } from '../lambda/logs.ts';
import type { Providers } from '../template/provider.ts';
import { Alarms } from './alarms.ts';
import { cloudWatchOperations } from './api.ts';
import { Clock } from './clock.ts';
import { ingestEmf } from './emf.ts';
import { Kept } from './kept.ts';
import { LogTraffic } from './log-traffic.ts';
import { type MetricFilter, metricFilter } from './metric-filter.ts';
import { alignedTimes, type MetricDataQuery, runQueries } from './metric-query.ts';
import { MetricStore } from './metric-store.ts';
import type { Observe } from './observe.ts';
import type { Series } from './series.ts';
import { Topics } from './topics.ts';

export interface CloudWatchOptions {
  /** Metrics come from its lines. */
  logs: Logs;
  /** Who may call the API, and what each may do. */
  credentials: Credentials;
  authorize: Authorize;
  /** How many of CloudWatch's minutes pass in a real one. */
  timeScale?: number;
  /** A line for the terminal: a topic was told that an alarm goes off, or is over. */
  onNotification?: (line: string) => void;
  /** One line for the terminal: something works, but not as it should. */
  onWarning(line: string): void;
}

/** CloudWatch: metrics from logs and services, alarms, dashboards, and the API that reads them. */
export class CloudWatch {
  readonly clock: Clock;
  readonly metrics: MetricStore;
  readonly topics = new Topics();
  readonly alarms: Alarms;
  readonly kept = new Kept();
  readonly providers: Providers;
  readonly #filters: MetricFilter[] = [];
  readonly #traffic = new LogTraffic();
  readonly #samplers: NodeJS.Timeout[] = [];
  readonly #unsubscribe: () => void;
  #listening: Listening | undefined;

  /** Listens on a free port of the loopback interface. */
  static async start(options: CloudWatchOptions): Promise<CloudWatch> {
    const cloudWatch = new CloudWatch(options);
    const operations = cloudWatchOperations(cloudWatch, options.authorize);
    cloudWatch.#listening = await listen(
      awsJsonApi('GraniteServiceVersion20100801', operations, options.credentials),
    );
    return cloudWatch;
  }

  private constructor({ logs, timeScale, onNotification = () => {}, onWarning }: CloudWatchOptions) {
    this.clock = new Clock(timeScale);
    this.metrics = new MetricStore(this.clock, onWarning);
    const { clock, metrics: store, topics } = this;
    this.alarms = new Alarms({ store, clock, topics, onNotification });
    this.#unsubscribe = logs.onLine((group, line) => this.#ingest(group, line));
    this.sample((observe) => this.#traffic.report(observe));
    this.providers = {
      ...this.alarms.providers,
      ...this.topics.providers,
      ...this.kept.providers,
      'AWS::Logs::MetricFilter': (resource) => {
        const { filter, created } = metricFilter(resource, store);
        this.#filters.push(filter);
        return created;
      },
    };
  }

  /** The endpoint, for `AWS_ENDPOINT_URL_CLOUDWATCH`. */
  get url(): string {
    if (!this.#listening) throw new Error('CloudWatch is not listening');
    return this.#listening.url;
  }

  /** Takes a value of a service's own metrics. */
  readonly observe: Observe = (namespace, name, dimensions, value) =>
    this.metrics.record(namespace, name, dimensions, value);

  /** Calls `sampler` a dozen times a minute, for metrics of what is rather than of what happens. */
  sample(sampler: (observe: Observe) => void): void {
    const everyMs = Math.max(this.clock.minuteMs / 12, 50);
    this.#samplers.push(setInterval(() => sampler(this.observe), everyMs).unref());
  }

  /**
   * What each query that returns data comes to in `[start, end)`, in milliseconds since the epoch.
   * @throws MetricMathError, UnsupportedStatisticError
   */
  query(queries: readonly MetricDataQuery[], start: number, end: number): Series[] {
    const { metrics: store, clock } = this;
    return runQueries(queries, { store, clock, times: alignedTimes(clock, start, end, store.oldest()) });
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.alarms.stop();
    for (const sampler of this.#samplers) clearInterval(sampler);
    await this.#listening?.close();
  }

  #ingest(group: string, line: string): void {
    this.#traffic.add(group, line);
    ingestEmf(this.metrics, group, line);
    for (const filter of this.#filters) if (filter.logGroup === group) filter.take(line);
  }
}
