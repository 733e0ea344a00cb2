import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Archive, EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import { consumeNewMessages } from './message-stream.ts';
import { ServiceFunction } from './service-function.ts';
import { deadLetterQueue, WorkQueue } from './work-queue.ts';

export interface EventsProps {
  settings: Settings;
  messages: TableV2;
}

/** Off the hot path: stream → publish → event bus → whatever rules ask for. */
export class Events extends Construct {
  constructor(scope: Construct, id: string, { settings, messages }: EventsProps) {
    super(scope, id);
    const bus = new EventBus(this, 'Bus', { eventBusName: 'fanfare' });
    new Archive(this, 'Archive', {
      archiveName: 'fanfare',
      sourceEventBus: bus,
      eventPattern: { source: ['fanfare'] },
      retention: Duration.days(30),
    });

    const publish = new ServiceFunction(this, 'Publish', {
      service: 'publish',
      environment: { EVENT_BUS_NAME: bus.eventBusName },
    });
    bus.grantPutEventsTo(publish);
    consumeNewMessages(publish, messages, {
      failures: deadLetterQueue(this, 'PublishFailures', 'fanfare-publish-dlq'),
      parallelizationFactor: settings.streamParallelization,
    });

    const notifications = new WorkQueue(this, 'Notifications', {
      name: 'fanfare-notifications',
      visibilityTimeout: Duration.minutes(1),
      maxReceiveCount: 3,
    });
    new Rule(this, 'NotificationsRule', {
      ruleName: 'fanfare-notifications',
      description: 'Messages that somebody may have to be told of',
      eventBus: bus,
      eventPattern: { source: ['fanfare'], detailType: ['MessageSent'] },
      targets: [new SqsQueue(notifications.queue, { deadLetterQueue: notifications.deadLetters })],
    });
  }
}
