import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DataStack } from '../data.ts';
import type { EdgeStack } from '../edge.ts';
import type { Settings } from '../settings.ts';
import { grantTable } from './grant-table.ts';
import { ServiceFunction } from './service-function.ts';

export interface NotifyProps {
  settings: Settings;
  data: DataStack;
  edge: EdgeStack;
  /** What there is to tell. */
  queue: IQueue;
}

/** The notifications queue → a Web Push to those who are not there. */
export class Notify extends Construct {
  readonly function: ServiceFunction;

  constructor(scope: Construct, id: string, { settings, data, edge, queue }: NotifyProps) {
    super(scope, id);
    const { rooms, messages, connections, people } = data;
    this.function = new ServiceFunction(this, 'Function', {
      service: 'notify',
      // Push services are waited for: a full batch, all of whose push services hang, takes 24 seconds.
      timeout: Duration.seconds(29),
      environment: {
        ROOMS_TABLE: rooms.tableName,
        MESSAGES_TABLE: messages.tableName,
        CONNECTIONS_TABLE: connections.tableName,
        PEOPLE_TABLE: people.tableName,
        PAGE_DOMAIN: edge.distribution.domainName,
        REACHABLE_ADDRESSES: settings.reachableAddresses.join(','),
      },
    });
    grantTable(rooms, this.function, 'dynamodb:BatchGetItem', 'dynamodb:Query');
    grantTable(messages, this.function, 'dynamodb:GetItem');
    grantTable(connections, this.function, 'dynamodb:Query');
    grantTable(people, this.function, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    this.function.addEventSource(new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true }));
  }
}
