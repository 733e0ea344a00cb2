import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Settings } from '../settings.ts';
import type { AlarmDefinition } from './alarms.ts';
import type { Delivery } from './delivery.ts';
import type { Events } from './events.ts';
import { aws, math, measured } from './metrics.ts';
import type { Presence } from './presence.ts';
import type { ServiceFunction } from './service-function.ts';

export interface Pipeline {
  delivery: Delivery;
  events: Events;
  presence: Presence;
  authorize: ServiceFunction;
}

const { NOT_BREACHING, IGNORE, BREACHING } = TreatMissingData;

/** Whether messages arrive, and in time. */
export function deliveryAlarms(pipeline: Pipeline, { thresholds }: Settings): AlarmDefinition[] {
  return [
    ...latencyAlarms(thresholds),
    ...backlogAlarms(pipeline, thresholds),
    ...postAlarms(thresholds),
    {
      name: 'events-refused',
      means: 'The event bus refused events through every try: notifications and whatever rules feed are late',
      metric: measured('RefusedEvents'),
      threshold: 1,
      // Three tries have failed before an event counts as refused: one such minute is no blip.
      breaching: [1, 1],
      // Emitted only where there are some.
      missing: NOT_BREACHING,
    },
    {
      name: 'sweep-late',
      means: 'Sockets outlive their tokens: the sweeper does not run, or fails',
      metric: measured('SweepDelay', 'Maximum'),
      threshold: thresholds.sweepDelayMs,
      // One such minute is the first after an outage, and made good by it.
      breaching: [3, 3],
      // Each run tells it, whatever there was to do: silence is the failure itself.
      missing: BREACHING,
    },
    {
      name: 'authorizer-errors',
      means: 'The authorizer fails, and so people cannot connect',
      // A missing token must be thrown, as API Gateway wants it for a 401, and is no failure of ours.
      metric: math(
        'FILL(errors, 0) - FILL(refused, 0)',
        { errors: aws.function(pipeline.authorize, 'Errors'), refused: measured('RefusedNoToken') },
        'failed authorizations',
      ),
      threshold: thresholds.authorizerErrors,
      breaching: [2, 3],
      // Nobody connects.
      missing: NOT_BREACHING,
      noticed: true,
    },
  ];
}

// Three minutes of five: a minute's p99 of a quiet chat is one message, such as that of a cold start. A minute without
// a message has no latency, and that is well: what does not arrive at all shows as a queue's or a stream's age.
function latencyAlarms(thresholds: Settings['thresholds']): AlarmDefinition[] {
  return [
    {
      name: 'delivery-latency-p99',
      means: 'The slowest 1 in 100 messages take too long to arrive',
      metric: measured('DeliveryLatency', 'p99'),
      threshold: thresholds.deliveryLatencyP99Ms,
      breaching: [3, 5],
      missing: NOT_BREACHING,
      noticed: true,
    },
    {
      name: 'delivery-latency-p50',
      means: 'Half of all messages take too long to arrive',
      metric: measured('DeliveryLatency', 'p50'),
      threshold: thresholds.deliveryLatencyP50Ms,
      breaching: [3, 5],
      missing: NOT_BREACHING,
      noticed: true,
    },
  ];
}

function backlogAlarms(
  { delivery, events, presence }: Pipeline,
  thresholds: Settings['thresholds'],
): AlarmDefinition[] {
  const deadLetters = [
    { name: 'deliveries', queue: delivery.deliveries.deadLetters, lost: 'Some people did not get a message' },
    { name: 'dispatch', queue: delivery.failures, lost: 'Messages were written, but given to nobody' },
    {
      name: 'notifications',
      queue: events.notifications.deadLetters,
      lost: 'Some people were not told of a message',
    },
    { name: 'publish', queue: events.failures, lost: 'Messages did not come to the event bus' },
    {
      name: 'attachments',
      queue: events.files.work.deadLetters,
      lost: 'Files of deleted messages are still there, or files of sent ones will be gone',
    },
    { name: 'presence', queue: presence.failures, lost: 'Some people look online who are not, or offline' },
  ];
  const consumers = [
    { consumer: delivery.dispatch, late: 'Messages wait in the stream: chat is late', noticed: true },
    { consumer: events.publish, late: 'Events wait in the stream: notifications are late', noticed: false },
    { consumer: presence.presence, late: 'Who comes and goes is told late', noticed: false },
  ];
  return [
    {
      name: 'deliveries-age',
      means: 'Jobs wait in the deliveries queue: workers are too few, too slow or fail',
      metric: aws.queue(
        delivery.deliveries.queue,
        'ApproximateAgeOfOldestMessage',
        'Maximum',
        'oldest job (s)',
      ),
      threshold: thresholds.queueAgeSeconds,
      // Three minutes: one job that fails every time is offered for a minute and a half, and then has its own alarm
      // as a dead letter.
      breaching: [3, 3],
      // SQS reports nothing of a queue that was not used for six hours.
      missing: NOT_BREACHING,
      noticed: true,
    },
    ...deadLetters.map(
      ({ name, queue, lost }): AlarmDefinition => ({
        name: `${name}-dlq-not-empty`,
        means: `${lost}: the dead-letter queue of ${name} is not empty`,
        metric: aws.queue(queue, 'ApproximateNumberOfMessagesVisible', 'Maximum', 'dead letters'),
        threshold: 1,
        breaching: [1, 1],
        // SQS stops to report on a queue that nobody touches, but what is in it stays there.
        missing: IGNORE,
      }),
    ),
    ...consumers.map(
      ({ consumer, late, noticed }): AlarmDefinition => ({
        name: `${consumer.service}-stream-age`,
        section: 'stream-age',
        means: late,
        metric: aws.function(consumer, 'IteratorAge', 'Maximum'),
        threshold: thresholds.iteratorAgeMs,
        // A record that fails every time holds its shard up for half a minute, and then has its own alarm as a dead
        // letter. Tries are up to a minute apart: a stream that is stuck has minutes without a value.
        breaching: [3, 5],
        // A stream without records has no age.
        missing: NOT_BREACHING,
        noticed,
      }),
    ),
  ];
}

// Each of these counters is emitted only where there is something to count, and Posts by every job: a missing value is
// none, and a minute without posts has nothing to judge.
function postAlarms(thresholds: Settings['thresholds']): AlarmDefinition[] {
  return [
    {
      name: 'undeliverable',
      means: 'Posts fail through every retry and requeue: messages do not reach people who are connected',
      metric: math(
        'FILL(undeliverable, 0) / (frames + FILL(undeliverable, 0))',
        { undeliverable: measured('Undeliverable'), frames: measured('Frames') },
        'share of posts given up',
      ),
      threshold: thresholds.undeliverableShare,
      breaching: [1, 1],
      missing: NOT_BREACHING,
      noticed: true,
    },
    {
      name: 'posts-requeued',
      means: 'Many connections do not answer in time, and have their messages seconds later',
      metric: math(
        `IF(frames + FILL(requeued, 0) >= ${thresholds.prunePosts}, FILL(requeued, 0) / (frames + FILL(requeued, 0)), 0)`,
        { requeued: measured('Requeued'), frames: measured('Frames') },
        'share of connections handed on',
        Duration.minutes(5),
      ),
      threshold: thresholds.requeuedShare,
      breaching: [1, 1],
      missing: NOT_BREACHING,
      noticed: true,
    },
    {
      name: 'pruning',
      means: 'Unusually many connections are found gone: sockets end without a $disconnect',
      metric: math(
        `IF(posts >= ${thresholds.prunePosts}, FILL(pruned, 0) / posts, 0)`,
        { pruned: measured('StalePruned'), posts: measured('Posts') },
        'share of posts to the gone',
        Duration.minutes(5),
      ),
      threshold: thresholds.pruneShare,
      // A deployment of the clients closes many sockets at once; ten minutes of it are something else.
      breaching: [2, 3],
      missing: NOT_BREACHING,
    },
    {
      name: 'posts-throttled',
      means: "API Gateway throttles posts to connections: the account's quota of requests is used up",
      metric: measured('Throttled'),
      threshold: thresholds.throttledPosts,
      breaching: [2, 3],
      missing: NOT_BREACHING,
    },
  ];
}
