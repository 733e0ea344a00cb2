import { z } from 'zod';
import { arn } from '#local/aws.ts';
import type { Permission } from './authorize.ts';

const call = z.object({
  QueueUrl: z.string().optional(),
  QueueName: z.string().optional(),
  SourceArn: z.string().optional(),
});

/**
 * What a call of SQS's JSON protocol needs. A batch needs what a single message does; there are no actions for batches
 * ("Actions, resources, and condition keys for Amazon SQS").
 * @param operation as `SendMessageBatch`
 */
export function sqsPermission(operation: string, body: unknown): Permission {
  const action = `sqs:${operation.replace(/Batch$/, '')}`;
  const { QueueUrl, QueueName, SourceArn } = call.catch({}).parse(body);
  const name = QueueName ?? QueueUrl?.slice(QueueUrl.lastIndexOf('/') + 1);
  return { action, resource: SourceArn ?? (name === undefined ? '*' : arn('sqs', name)) };
}
