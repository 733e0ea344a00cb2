import { Duration } from 'aws-cdk-lib';
import { type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { DataStack } from '../data.ts';
import type { Settings } from '../settings.ts';
import { grantTable } from './grant-table.ts';
import { ServiceFunction } from './service-function.ts';
import { WorkQueue } from './work-queue.ts';

export interface RoomWebhooksProps {
  settings: Settings;
  bus: IEventBus;
  data: DataStack;
}

/** Messages of rooms that have webhooks → queue → webhooks, which posts them; what fails comes back to the queue later. */
export class RoomWebhooks extends Construct {
  readonly work: WorkQueue;

  constructor(scope: Construct, id: string, { settings, bus, data }: RoomWebhooksProps) {
    super(scope, id);
    this.work = new WorkQueue(this, 'Work', {
      name: 'fanfare-webhooks',
      // Six times the function's timeout, as AWS advises.
      visibilityTimeout: Duration.minutes(2),
      maxReceiveCount: 5,
    });
    const { queue, deadLetters } = this.work;
    new Rule(this, 'Rule', {
      ruleName: 'fanfare-webhooks',
      description: 'Messages of rooms that have webhooks',
      eventBus: bus,
      eventPattern: { source: ['fanfare'], detailType: ['MessageSent'], detail: { webhooks: [true] } },
      targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters })],
    });

    const fn = new ServiceFunction(this, 'Webhooks', {
      service: 'webhooks',
      // A batch posts all at once, and receivers have ten seconds.
      timeout: Duration.seconds(20),
      environment: {
        ROOMS_TABLE: data.rooms.tableName,
        MESSAGES_TABLE: data.messages.tableName,
        WEBHOOKS_QUEUE_URL: queue.queueUrl,
        REACHABLE_ADDRESSES: settings.reachableAddresses.join(','),
      },
    });
    grantTable(data.rooms, fn, 'dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    grantTable(data.messages, fn, 'dynamodb:GetItem');
    queue.grant(fn, 'sqs:SendMessage');
    // Receivers that hang take an environment each ten seconds: not those that chat needs.
    fn.addEventSource(
      new SqsEventSource(queue, { batchSize: 10, maxConcurrency: 50, reportBatchItemFailures: true }),
    );
  }
}
