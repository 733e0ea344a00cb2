import { Duration } from 'aws-cdk-lib';
import { Archive, EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DataStack } from '../data.ts';
import type { Settings } from '../settings.ts';
import { consumeChanges } from './change-streams.ts';
import { ServiceFunction } from './service-function.ts';
import { deadLetterQueue, WorkQueue } from './work-queue.ts';

export interface EventsProps {
  settings: Settings;
  data: DataStack;
}

/** Off the hot path: stream → publish → event bus → whatever rules ask for. */
export class Events extends Construct {
  readonly publish: ServiceFunction;
  /** Where publish's records go that fail every time. */
  readonly failures: Queue;
  readonly notifications: WorkQueue;

  constructor(scope: Construct, id: string, { settings, data }: EventsProps) {
    super(scope, id);
    const bus = new EventBus(this, 'Bus', { eventBusName: 'fanfare' });
    new Archive(this, 'Archive', {
      archiveName: 'fanfare',
      sourceEventBus: bus,
      eventPattern: { source: ['fanfare'] },
      retention: Duration.days(30),
    });

    this.failures = deadLetterQueue(this, 'PublishFailures', 'fanfare-publish-dlq');
    this.publish = new ServiceFunction(this, 'Publish', {
      service: 'publish',
      environment: { EVENT_BUS_NAME: bus.eventBusName },
    });
    bus.grantPutEventsTo(this.publish);
    consumeChanges(this.publish, data, {
      failures: this.failures,
      parallelizationFactor: settings.streamParallelization,
    });

    this.notifications = new WorkQueue(this, 'Notifications', {
      name: 'fanfare-notifications',
      visibilityTimeout: Duration.minutes(1),
      maxReceiveCount: 3,
    });
    new Rule(this, 'NotificationsRule', {
      ruleName: 'fanfare-notifications',
      description: 'Messages that somebody may have to be told of',
      eventBus: bus,
      eventPattern: { source: ['fanfare'], detailType: ['MessageSent'] },
      targets: [new SqsQueue(this.notifications.queue, { deadLetterQueue: this.notifications.deadLetters })],
    });
  }
}
