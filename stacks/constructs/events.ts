import { Duration } from 'aws-cdk-lib';
import { Archive, EventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DataStack } from '../data.ts';
import type { EdgeStack } from '../edge.ts';
import type { Settings } from '../settings.ts';
import { AttachmentFiles } from './attachment-files.ts';
import { consumeChanges } from './change-streams.ts';
import { Notify } from './notify.ts';
import { RoomWebhooks } from './room-webhooks.ts';
import { ServiceFunction } from './service-function.ts';
import { deadLetterQueue, WorkQueue } from './work-queue.ts';

export interface EventsProps {
  settings: Settings;
  data: DataStack;
  edge: EdgeStack;
}

/** Off the hot path: stream → publish → event bus → whatever rules ask for. */
export class Events extends Construct {
  readonly publish: ServiceFunction;
  /** Where publish's records go that fail every time. */
  readonly failures: Queue;
  readonly notifications: WorkQueue;
  readonly files: AttachmentFiles;
  readonly webhooks: RoomWebhooks;
  readonly notify: ServiceFunction;

  constructor(scope: Construct, id: string, { settings, data, edge }: EventsProps) {
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
      // Longer than a worker's lease on whom it tells (shared/storage/notified.ts): what a dead one left behind is taken
      // up by the next try.
      visibilityTimeout: Duration.seconds(90),
      // Meanwhile the message is delivered: connections that are found gone are removed, and so their people are not there;
      // and whoever reads it on another device need not be told.
      deliveryDelay: Duration.seconds(5),
      maxReceiveCount: 3,
    });
    new Rule(this, 'NotificationsRule', {
      ruleName: 'fanfare-notifications',
      description: 'Messages that mention somebody, or are direct',
      eventBus: bus,
      eventPattern: {
        source: ['fanfare'],
        detailType: ['MessageSent'],
        detail: { $or: [{ mentions: Match.exists() }, { direct: [true] }] },
      },
      targets: [new SqsQueue(this.notifications.queue, { deadLetterQueue: this.notifications.deadLetters })],
    });
    this.files = new AttachmentFiles(this, 'Files', { bus, data });
    this.webhooks = new RoomWebhooks(this, 'Webhooks', { settings, bus, data });
    const { queue } = this.notifications;
    this.notify = new Notify(this, 'Notify', { settings, data, edge, queue }).function;
  }
}
