import { FilterRule } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { roomsByUser } from '#shared/storage/keys.ts';
import type { DataStack } from '../data.ts';
import type { Settings } from '../settings.ts';
import { consumeStream } from './change-streams.ts';
import { grantIndex, grantTable } from './grant-table.ts';
import { ServiceFunction } from './service-function.ts';
import { deadLetterQueue } from './work-queue.ts';

export interface PresenceProps {
  settings: Settings;
  data: DataStack;
  /** Where what is to be told goes. */
  deliveries: Queue;
}

/** Who is online: the connections table's stream → presence → a row for each person → their rooms. */
export class Presence extends Construct {
  readonly presence: ServiceFunction;
  /** Where presence's records go that fail every time. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, { settings, data, deliveries }: PresenceProps) {
    super(scope, id);
    const { connections, rooms } = data;
    this.failures = deadLetterQueue(this, 'Failures', 'fanfare-presence-dlq');
    this.presence = new ServiceFunction(this, 'Function', {
      service: 'presence',
      environment: {
        CONNECTIONS_TABLE: connections.tableName,
        ROOMS_TABLE: rooms.tableName,
        DELIVERIES_QUEUE_URL: deliveries.queueUrl,
      },
    });
    grantTable(connections, this.presence, 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem');
    grantTable(rooms, this.presence, 'dynamodb:BatchGetItem');
    grantIndex(rooms, roomsByUser, this.presence);
    deliveries.grant(this.presence, 'sqs:SendMessage');

    const key = (rule: unknown) => ({ dynamodb: { Keys: { sk: { S: rule } } } });
    const consumption = { failures: this.failures, parallelizationFactor: settings.streamParallelization };
    // Most of what this table is written are subscriptions, and these make a connection's row another one too: neither
    // comes or goes with a person.
    consumeStream(
      this.presence,
      connections,
      consumption,
      { eventName: FilterRule.or('INSERT', 'REMOVE'), ...key(FilterRule.beginsWith('CONNECTION#')) },
      key(FilterRule.isEqual('PRESENCE')),
    );
  }
}
