import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** The CloudWatch namespace of everything that Fanfare measures itself. */
export const namespace = 'Fanfare';

/**
 * Every metric by name, with its unit. Emitters and dashboards import this, so that neither can misspell. Powertools
 * adds the one dimension `service` (the stage's name); no metric has a room, person or connection as a dimension.
 */
export const metricUnits = {
  /** Milliseconds from a message's write to the answer of its job's last connection: one value a message and job. */
  DeliveryLatency: MetricUnit.Milliseconds,
  /** Events that reached a connection. */
  Deliveries: MetricUnit.Count,
  /** PostToConnection calls that were made, retries included. */
  Posts: MetricUnit.Count,
  /** Connections found gone and removed. */
  StalePruned: MetricUnit.Count,
  /** Posts that were answered 429. */
  Throttled: MetricUnit.Count,
  /** Connections handed on to a smaller job, since their posts kept failing. */
  Requeued: MetricUnit.Count,
  /** Jobs that went back to the queue whole, since nothing of them succeeded. */
  FailedJobs: MetricUnit.Count,
  /** Shards found over their size. */
  ShardsGrown: MetricUnit.Count,
  /** Messages that were accepted and written. */
  Sends: MetricUnit.Count,
  /** Sends refused since their member sends too many. */
  RateLimited: MetricUnit.Count,
  /** Frames refused for what they hold. */
  InvalidFrames: MetricUnit.Count,
  ConnectionsOpened: MetricUnit.Count,
  ConnectionsClosed: MetricUnit.Count,
  /** Upgrades that the authorizer refused. */
  AuthorizerRefusals: MetricUnit.Count,
  /** Jobs that dispatch put on the deliveries queue. */
  Jobs: MetricUnit.Count,
  /** Events that publish put on the bus. */
  PublishedEvents: MetricUnit.Count,
} as const;

export type MetricName = keyof typeof metricUnits;

const powertools = new Metrics({ namespace });

/** Adds one value of a metric; Powertools writes it out as Embedded Metric Format when the handler flushes. */
export function measure(name: MetricName, value: number): void {
  powertools.addMetric(name, metricUnits[name], value);
}

/** Wraps a handler so that what it measured is written when it has ended, well or not. */
export function withMetrics<Args extends unknown[], Result>(
  handler: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    try {
      return await handler(...args);
    } finally {
      powertools.publishStoredMetrics();
    }
  };
}
