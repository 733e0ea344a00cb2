import { Stack } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  type IMetric,
  type TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

/** One alarm. It goes off while the metric is at or above the threshold in `breaching[0]` of `breaching[1]` periods. */
export interface AlarmDefinition {
  /** Without `fanfare-`, which begins every alarm's name. */
  name: string;
  /** What is wrong, in one sentence. */
  means: string;
  metric: IMetric;
  threshold: number;
  breaching: readonly [periods: number, of: number];
  /** What a period without a value says: the place that defines the alarm says why. */
  missing: TreatMissingData;
  /** Its section of the runbook, where several alarms share one; else its own name is the section's. */
  section?: string;
  /** People notice: it makes `fanfare-chat-is-degraded` go off too. */
  noticed?: boolean;
}

/** The alarms of a deployment, and the topic that tells of them. */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly degraded: CompositeAlarm;
  readonly all: Alarm[];
  readonly #runbook: string;

  constructor(scope: Construct, id: string, definitions: AlarmDefinition[], settings: Settings) {
    super(scope, id);
    this.#runbook = settings.runbook;
    this.topic = this.#topic(settings.alarmEmail);
    const tell = new SnsAction(this.topic);

    const alarms = definitions.map((definition) => ({ definition, alarm: this.#alarm(definition) }));
    this.all = alarms.map(({ alarm }) => alarm);
    this.degraded = new CompositeAlarm(this, 'Degraded', {
      compositeAlarmName: 'fanfare-chat-is-degraded',
      alarmDescription: this.#describe('People notice that chat is slow or fails', 'chat-is-degraded'),
      alarmRule: AlarmRule.anyOf(
        ...alarms
          .filter(({ definition }) => definition.noticed)
          .map(({ alarm }) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM)),
      ),
    });
    for (const alarm of [...this.all, this.degraded]) {
      alarm.addAlarmAction(tell);
      alarm.addOkAction(tell);
    }
  }

  #alarm({ name, means, metric, threshold, breaching, missing, section = name }: AlarmDefinition): Alarm {
    return new Alarm(this, name, {
      alarmName: `fanfare-${name}`,
      alarmDescription: this.#describe(means, section),
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: breaching[0],
      evaluationPeriods: breaching[1],
      treatMissingData: missing,
    });
  }

  #describe(means: string, section: string): string {
    return `${means}. What to do: ${this.#runbook}#fanfare-${section}`;
  }

  /** What it tells are names and numbers of alarms: a key of its own would cost more than it protects. */
  #topic(email?: string): Topic {
    const topic = new Topic(this, 'Topic', { topicName: 'fanfare-alarms', enforceSSL: true });
    // A policy of its own takes the place of the default one, which would let CloudWatch publish.
    topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (email) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}
