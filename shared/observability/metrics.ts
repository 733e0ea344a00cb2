import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { MetricUnit as Unit } from '@aws-lambda-powertools/metrics/types';

/** The CloudWatch namespace of everything that Fanfare measures itself. */
export const namespace = 'Fanfare';

const { Count, Milliseconds } = MetricUnit;

/**
 * Every metric by name: the service that emits it, which is its one dimension (`service`), and its unit. Emitters,
 * dashboards and alarms import this, so that none can misspell. No metric has a room, person or connection as a
 * dimension: each value would be a metric of its own, at $0.30 a month.
 *
 * Latencies have one value for each message (and job), so that percentiles count messages, however many share a batch.
 * The first four follow one another without a gap and add up to what a sender's readers wait for.
 */
export const metrics = {
  /** From API Gateway's receipt of the frame to the message's write. */
  IngressLatency: { service: 'send-message', unit: Milliseconds },
  /** From the write to dispatch's handing it to the queue: the stream's lag. */
  StreamLag: { service: 'dispatch', unit: Milliseconds },
  /** From then until a worker picked the job up; a requeued job counts from when it was due. */
  QueueDwell: { service: 'deliver', unit: Milliseconds },
  /** From then until the job's last connection had it, of those that were not handed on. */
  PostDuration: { service: 'deliver', unit: Milliseconds },
  /** From the write until then. */
  DeliveryLatency: { service: 'deliver', unit: Milliseconds },
  /** From the write until the last of the connections that were handed on had it: retries are seconds apart. */
  RequeuedLatency: { service: 'deliver', unit: Milliseconds },

  /** Messages that were accepted and written. */
  Sends: { service: 'send-message', unit: Count },
  /** Sends refused since their member sends too many. */
  RateLimited: { service: 'send-message', unit: Count },
  /** Jobs that dispatch put on the deliveries queue. */
  Jobs: { service: 'dispatch', unit: Count },
  /** Messages that came to a connection. */
  Deliveries: { service: 'deliver', unit: Count },
  /** Frames that came to a connection. */
  Frames: { service: 'deliver', unit: Count },
  /** Messages in a frame: the coalescing factor. One value a frame. */
  MessagesPerFrame: { service: 'deliver', unit: Count },
  /** PostToConnection calls, repeated ones too. */
  Posts: { service: 'deliver', unit: Count },
  /** Posts that were repeated. */
  Retried: { service: 'deliver', unit: Count },
  /** Posts that were answered 429. */
  Throttled: { service: 'deliver', unit: Count },
  /** Connections whose posts failed every time, and which were handed on to a smaller job. */
  Requeued: { service: 'deliver', unit: Count },
  /** Connections whose posts failed through every requeue: their job is on its way to the dead-letter queue. */
  Undeliverable: { service: 'deliver', unit: Count },
  /** Jobs that went back to the queue whole. */
  FailedJobs: { service: 'deliver', unit: Count },
  /** Connections found gone and removed. */
  StalePruned: { service: 'deliver', unit: Count },
  /** Typing that nobody was told of, since it was `limits.typingMs` old. */
  StaleTyping: { service: 'deliver', unit: Count },
  /** Rooms that were given more shards, and fewer. */
  ShardsGrown: { service: 'deliver', unit: Count },
  ShardsShrunk: { service: 'deliver', unit: Count },
  /** Events that publish put on the bus, and those that the bus refused every time. */
  PublishedEvents: { service: 'publish', unit: Count },
  RefusedEvents: { service: 'publish', unit: Count },

  /** Web Pushes that a push service took; those that it did not, tries that are repeated too. */
  PushesSent: { service: 'notify', unit: Count },
  PushesFailed: { service: 'notify', unit: Count },
  /** Push subscriptions that were found dead and removed. */
  PushSubscriptionsRemoved: { service: 'notify', unit: Count },
  /** People who were told as online, and as offline: once, however many connections they have. */
  CameOnline: { service: 'presence', unit: Count },
  WentOffline: { service: 'presence', unit: Count },
  /** People of whom that could not be found out or told: the stream offers their records again. */
  FailedPresences: { service: 'presence', unit: Count },

  /** Messages that webhooks took; posts that they did not take, to be tried again; messages given up for one of them. */
  WebhookPosts: { service: 'webhooks', unit: Count },
  WebhookRetries: { service: 'webhooks', unit: Count },
  WebhookFailures: { service: 'webhooks', unit: Count },
  /** Webhooks that were disabled: they failed too often, or said that they are gone. */
  WebhooksDisabled: { service: 'webhooks', unit: Count },

  /** Forms and URLs of files that were given out. */
  Uploads: { service: 'api', unit: Count },
  Downloads: { service: 'api', unit: Count },
  /** Files of messages that were sent, and of those that were deleted. */
  FilesKept: { service: 'attachments', unit: Count },
  FilesErased: { service: 'attachments', unit: Count },
  /** Files that messages name and that are not there: they were never uploaded, or are erased already. */
  FilesMissing: { service: 'attachments', unit: Count },
  /** Files that could not be kept or erased: the queue offers them again. */
  FailedFiles: { service: 'attachments', unit: Count },

  ConnectionsOpened: { service: 'connect', unit: Count },
  /** Connections that said goodbye; those found gone are StalePruned. */
  ConnectionsClosed: { service: 'disconnect', unit: Count },
  /** Sockets that were closed since their token had expired. */
  ExpiredClosed: { service: 'sweep', unit: Count },
  /** Sockets that were asked to move to a new one, since their two hours end. */
  ReconnectsAsked: { service: 'sweep', unit: Count },
  /** Connections that the sweeper found gone and removed. */
  SweptStale: { service: 'sweep', unit: Count },
  /** Sockets about which something was due and could not be done: the next minute tries again. */
  SweepFailures: { service: 'sweep', unit: Count },
  /** Of each run: how long ago that should have been done which was due first; 0 where nothing was due. */
  SweepDelay: { service: 'sweep', unit: Milliseconds },
  /** Upgrades that the authorizer refused, by reason: no token, an expired one, any other that is not ours. */
  RefusedNoToken: { service: 'authorize', unit: Count },
  RefusedExpiredToken: { service: 'authorize', unit: Count },
  RefusedForeignToken: { service: 'authorize', unit: Count },
  /** Upgrades that the authorizer could not decide on: the user pool's keys were not to be had. */
  AuthorizerFailures: { service: 'authorize', unit: Count },
} as const satisfies Record<string, { service: string; unit: Unit }>;

/**
 * Metrics that several services emit, each under its own name: frames refused, by the error's code in the contract;
 * frames that failed for a reason of ours; first invocations of an execution environment.
 */
export const commonMetrics = {
  BadFrame: Count,
  UnknownAction: Count,
  InvalidFrame: Count,
  NotMember: Count,
  Muted: Count,
  Forbidden: Count,
  Archived: Count,
  MessageNotFound: Count,
  Unauthorized: Count,
  TooManyRooms: Count,
  Unavailable: Count,
  ColdStarts: Count,
} as const;

export type MetricName = keyof typeof metrics | keyof typeof commonMetrics;

const powertools = new Metrics({ namespace });

const units = new Map<string, Unit>([
  ...Object.entries(commonMetrics),
  ...Object.entries(metrics).map(([name, { unit }]) => [name, unit] as const),
]);

/** Adds one value of a metric; Powertools writes it out as Embedded Metric Format when the handler flushes. */
export function measure(name: MetricName, value: number): void {
  powertools.addMetric(name, units.get(name) ?? Count, value);
}

let cold = true;

/** Wraps a handler so that what it measured is written when it has ended, well or not. */
export function withMetrics<Args extends unknown[], Result>(
  handler: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    // Powertools' own cold start metric has a second dimension, and so would be a metric of its own.
    if (cold) measure('ColdStarts', 1);
    cold = false;
    try {
      return await handler(...args);
    } finally {
      // With nothing to publish it would write a warning, at every such call.
      if (powertools.hasStoredMetrics()) powertools.publishStoredMetrics();
    }
  };
}
