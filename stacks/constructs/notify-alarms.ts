import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Settings } from '../settings.ts';
import type { AlarmDefinition } from './alarms.ts';
import type { Events } from './events.ts';
import { aws, math, measured } from './metrics.ts';

/** Pushes in five minutes below which it says nothing that many of them fail: one browser whose push service is down. */
const leastPushes = 20;

/** Whether those who are not there are told. Its dead letters have their alarm with the other queues'. */
export function notifyAlarms({ notifications }: Events, { thresholds }: Settings): AlarmDefinition[] {
  return [
    {
      name: 'notifications-age',
      means: 'People are told late that they were mentioned: the queue of notifications is behind',
      metric: aws.queue(
        notifications.queue,
        'ApproximateAgeOfOldestMessage',
        'Maximum',
        'oldest notification (s)',
      ),
      threshold: thresholds.notificationsAgeSeconds,
      breaching: [3, 3],
      // SQS reports nothing of a queue that was not used for six hours.
      missing: TreatMissingData.NOT_BREACHING,
    },
    {
      name: 'pushes-failing',
      means: 'Many pushes fail: it is more likely us than all of the push services',
      metric: math(
        `IF(FILL(sent, 0) + FILL(failed, 0) >= ${leastPushes}, FILL(failed, 0) / (FILL(sent, 0) + FILL(failed, 0)), 0)`,
        { sent: measured('PushesSent'), failed: measured('PushesFailed') },
        'share of pushes that failed',
        Duration.minutes(5),
      ),
      threshold: thresholds.failedPushes,
      breaching: [3, 3],
      // Nobody is pushed to.
      missing: TreatMissingData.NOT_BREACHING,
    },
  ];
}
