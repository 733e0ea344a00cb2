import type { Permission } from '#local/iam/authorize.ts';
import type { MappingConfig } from './properties.ts';

/**
 * What Lambda needs of the function's role to read a source for it ("Using Lambda with Amazon SQS" and "… with DynamoDB",
 * execution role permissions), and to tell the queue of discarded records.
 */
export function pollingPermissions(config: MappingConfig): Permission[] {
  const resource = config.sourceArn;
  if (config.kind === 'queue') {
    return ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((name) => ({
      action: `sqs:${name}`,
      resource,
    }));
  }
  const reading = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map((name) => ({
    action: `dynamodb:${name}`,
    resource,
  }));
  return config.onFailureQueueArn === undefined
    ? reading
    : [...reading, { action: 'sqs:SendMessage', resource: config.onFailureQueueArn }];
}
