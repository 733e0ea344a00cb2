import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Settings } from '../settings.ts';
import type { AlarmDefinition } from './alarms.ts';
import { aws, math, measured } from './metrics.ts';
import type { RoomWebhooks } from './room-webhooks.ts';

/** Posts in five minutes below which it says nothing that most of them fail: one receiver that is down. */
const leastPosts = 20;

/** Whether webhooks are posted to. That one of them fails is its owner's business, and shown in the API. */
export function webhookAlarms({ work }: RoomWebhooks, { thresholds }: Settings): AlarmDefinition[] {
  const failed = 'FILL(retried, 0) + FILL(given, 0)';
  return [
    {
      name: 'webhooks-dlq-not-empty',
      means: 'Some messages were not posted to webhooks: the dead-letter queue of webhooks is not empty',
      metric: aws.queue(
        work.deadLetters,
        'ApproximateNumberOfMessagesVisible',
        'Maximum',
        'dead letters of webhooks',
      ),
      threshold: 1,
      breaching: [1, 1],
      // SQS stops to report on a queue that nobody touches, but what is in it stays there.
      missing: TreatMissingData.IGNORE,
    },
    {
      name: 'webhooks-failing',
      means: 'Most posts to webhooks fail: it is more likely us than all of the receivers',
      metric: math(
        `IF(FILL(taken, 0) + ${failed} >= ${leastPosts}, (${failed}) / (FILL(taken, 0) + ${failed}), 0)`,
        {
          taken: measured('WebhookPosts'),
          retried: measured('WebhookRetries'),
          given: measured('WebhookFailures'),
        },
        'share of posts that failed',
        Duration.minutes(5),
      ),
      threshold: thresholds.failedWebhookPosts,
      breaching: [3, 3],
      // Nothing is posted.
      missing: TreatMissingData.NOT_BREACHING,
    },
  ];
}
