import { Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, type IFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';

/**
 * Feeds new messages to a consumer. A batch that fails is halved until the bad record is alone,
 * tried five times, and then its place in the stream goes to `failures`, so that one record never holds up a room.
 */
export function consumeNewMessages(
  consumer: IFunction,
  messages: TableV2,
  { failures, parallelizationFactor }: { failures: Queue; parallelizationFactor: number },
): void {
  Validations.of(failures).acknowledge({
    id: 'AwsSolutions::AwsSolutions-SQS3',
    reason: 'It is a dead-letter queue itself: of a stream, where the rule looks for queues only',
  });
  consumer.addEventSource?.(
    new DynamoEventSource(messages, {
      // Records written between the mapping's creation and its first poll count too.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      parallelizationFactor,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: 5,
      onFailure: new SqsDlq(failures),
      filters: [FilterCriteria.filter({ eventName: FilterRule.isEqual('INSERT') })],
    }),
  );
}
