import { isIP } from 'node:net';
import type { App } from 'aws-cdk-lib';
import * as z from 'zod';

/**
 * When alarms go off: at or above these. The load test shows where a healthy system stands (docs/performance.md); each
 * default leaves room above that, and is below what people would put up with.
 */
const thresholds = z.strictObject({
  /**
   * Milliseconds from a message's write to the answer of its last connection, of the slowest 1 in 100. AWS's own floor
   * (stream to Lambda, then SQS) was measured at 657 ms; two seconds is when a chat feels broken.
   */
  deliveryLatencyP99Ms: z.number().positive().default(2_000),
  /** The same of every other message. The floor is about 265 ms on AWS, and 10 to 300 ms in a local run. */
  deliveryLatencyP50Ms: z.number().positive().default(800),
  /**
   * Seconds that the oldest job waits: a healthy one waits for 16 ms, a requeued one for up to 8 s. One that fails every
   * time is 90 s old when it is set aside, and should not be old for three minutes' values.
   */
  queueAgeSeconds: z.number().positive().default(45),
  /** Milliseconds that a stream's consumer is behind: a healthy one is polled four times a second. */
  iteratorAgeMs: z.number().positive().default(10_000),
  /** Share of posts given up after every retry and requeue, 0 to 1. Zero is normal. */
  undeliverableShare: z.number().positive().max(1).default(0.001),
  /**
   * Share of posts that found their connection gone, 0 to 1: usual are those whose `$disconnect` was lost, a few in a
   * thousand. Static, since anomaly detection costs three times an alarm and takes two weeks to learn.
   */
  pruneShare: z.number().positive().max(1).default(0.05),
  /** Share of connections that were handed on, since they did not answer within a second or failed three times. */
  requeuedShare: z.number().positive().max(1).default(0.05),
  /** Posts in five minutes below which these two shares say nothing. */
  prunePosts: z.number().int().min(1).default(1_000),
  /** Posts a minute that were answered 429. They are tried again; a steady flow of them is the account's quota. */
  throttledPosts: z.number().int().min(1).default(10),
  /**
   * Seconds that the oldest notification waits: what a push service did not take is tried again for four and a half
   * minutes, and has its own alarm as a dead letter then.
   */
  notificationsAgeSeconds: z.number().positive().default(600),
  /** Share of pushes that push services did not take, 0 to 1; those to dead subscriptions, which are usual, not counted. */
  failedPushes: z.number().positive().max(1).default(0.5),
  /** Share of posts to webhooks that were not taken, 0 to 1: a few broken receivers are usual, nearly all are not. */
  failedWebhookPosts: z.number().positive().max(1).default(0.9),
  /** Upgrades a minute that the authorizer failed to decide on. */
  authorizerErrors: z.number().int().min(1).default(3),
  /** Clients' frames a minute that failed for a reason of ours, and were answered `unavailable`. */
  failedFrames: z.number().int().min(1).default(5),
  /** Answers a minute of each API that its integrations failed. */
  apiErrors: z.number().int().min(1).default(5),
  /** Invocations a minute of one function that failed, or that Lambda had no room for. */
  functionErrors: z.number().int().min(1).default(1),
  functionThrottles: z.number().int().min(1).default(1),
  /** Share of its timeout that a function's slowest 1 in 100 invocations take, 0 to 1. */
  durationShare: z.number().positive().max(1).default(0.8),
  /** Milliseconds by which the sweeper is late to close or move a socket: it comes each minute. */
  sweepDelayMs: z.number().positive().default(300_000),
  /** Requests a minute of one table that DynamoDB throttled. The SDK tries them again. */
  tableThrottles: z.number().int().min(1).default(10),
});

/** Link-local ones are what a machine itself is told by its cloud, its credentials too: no setting opens them. */
const reachableAddress = z
  .string()
  .refine((address) => isIP(address) !== 0, { error: 'is no IP address' })
  .refine((address) => !/^(169\.254\.|fe[89ab].:|::ffff:|::$|0\.)/i.test(address), {
    error: 'is link-local or unspecified, and may not be reached',
  });

/** What a deployment chooses: `fanfare:…` in cdk.json's context, or `cdk deploy -c fanfare:autoConfirmUsers=true`. */
const settings = z.strictObject({
  /** New users need not confirm their e-mail address: for trials, not for the open internet. */
  autoConfirmUsers: fromContext(z.boolean()).default(false),
  /**
   * Batches of one stream shard that dispatch works on at once, 1 to 10. Above 1, Lambda keeps the order of each item's
   * changes but not of a room's messages; clients restore that by seq, as they do anyway.
   */
  streamParallelization: fromContext(z.number().int().min(1).max(10)).default(1),
  /**
   * Execution environments of deliver that are kept ready, so that a peak's first messages wait for no cold start. Each
   * costs about $15 a month in us-east-1, used or not.
   */
  deliverProvisionedConcurrency: fromContext(z.number().int().min(0)).default(0),
  /**
   * Addresses that are not public and that webhooks and pushes may reach all the same, such as `["10.0.3.7"]` of a receiver
   * in a network that the functions are attached to. Whoever may name a URL may reach each of their ports.
   */
  reachableAddresses: fromContext(z.array(reachableAddress)).default([]),
  /** Whether synthesis fails at findings of AWS's Solutions rules (cdk-nag) that no construct acknowledges. */
  securityChecks: fromContext(z.boolean()).default(true),
  /** `-c 'fanfare:thresholds={"deliveryLatencyP99Ms":1500}'` changes one and leaves the others. */
  thresholds: fromContext(thresholds).prefault({}),
  /** Who is mailed when an alarm goes off or ends; SNS asks them to confirm first. */
  alarmEmail: z.email().optional(),
  /** Where the runbook is read: alarms link to its sections. */
  runbook: z.string().default('docs/runbook.md'),
});

export type Settings = z.infer<typeof settings>;

/** @throws ZodError that names a setting which is unknown or wrong */
export function readSettings(app: App): Settings {
  const context: Record<string, unknown> = app.node.getAllContext();
  const ours = Object.entries(context).filter(([name]) => name.startsWith('fanfare:'));
  return settings.parse(
    Object.fromEntries(ours.map(([name, value]) => [name.slice('fanfare:'.length), value])),
  );
}

/** Values given on the command line are strings, of JSON; any other is left to the schema to refuse by name. */
function fromContext<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value, refuse) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value);
    } catch {
      refuse.issues.push({ code: 'custom', input: value, message: 'is not JSON' });
      return z.NEVER;
    }
  }, schema);
}
