import { Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, type IFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { DataStack } from '../data.ts';

interface Consumption {
  failures: Queue;
  parallelizationFactor: number;
}

/** Feeds what happens in rooms to a consumer: new and changed messages, rooms and memberships. */
export function consumeChanges(
  consumer: IFunction,
  { messages, rooms }: DataStack,
  consumption: Consumption,
): void {
  consumeStream(consumer, messages, consumption, { eventName: FilterRule.or('INSERT', 'MODIFY') });
  // Counters and senders' rows change with every send, and tell nobody anything.
  consumeStream(
    consumer,
    rooms,
    consumption,
    { dynamodb: { Keys: { item: { S: FilterRule.isEqual('ROOM') } } } },
    { dynamodb: { Keys: { item: { S: FilterRule.beginsWith('MEMBER#') } } } },
  );
}

/**
 * Feeds the records of a table's stream that match one of the filters to a consumer. A batch that fails is halved until
 * the bad record is alone, tried five times, and then its place in the stream goes to `failures`, so that one record
 * never holds up a room.
 */
export function consumeStream(
  consumer: IFunction,
  table: TableV2,
  { failures, parallelizationFactor }: Consumption,
  ...filters: Record<string, unknown>[]
): void {
  Validations.of(failures).acknowledge({
    id: 'AwsSolutions::AwsSolutions-SQS3',
    reason: 'It is a dead-letter queue itself: of a stream, where the rule looks for queues only',
  });
  consumer.addEventSource?.(
    new DynamoEventSource(table, {
      // Records written between the mapping's creation and its first poll count too.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      parallelizationFactor,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: 5,
      onFailure: new SqsDlq(failures),
      filters: filters.map((filter) => FilterCriteria.filter(filter)),
    }),
  );
}
