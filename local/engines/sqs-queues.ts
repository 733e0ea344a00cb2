import { CreateQueueCommand, SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { account, arn, physicalName } from '#local/aws.ts';
import { ignored, parseProperties } from '#local/template/properties.ts';
import type { Created, Providers, Resource } from '#local/template/provider.ts';

const number = z.coerce.number().int().min(0).optional();
const queue = z.strictObject({
  QueueName: z.string().max(80).optional(),
  VisibilityTimeout: number,
  MessageRetentionPeriod: number,
  DelaySeconds: number,
  ReceiveMessageWaitTimeSeconds: number,
  MaximumMessageSize: number,
  FifoQueue: z.boolean().optional(),
  ContentBasedDeduplication: z.boolean().optional(),
  RedrivePolicy: z
    .strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number().int().positive() })
    .optional(),
  RedriveAllowPolicy: z.record(z.string(), z.unknown()).optional(),
  DeduplicationScope: ignored,
  FifoThroughputLimit: ignored,
  KmsDataKeyReusePeriodSeconds: ignored,
  KmsMasterKeyId: ignored,
  SqsManagedSseEnabled: ignored,
  Tags: ignored,
});

/**
 * `AWS::SQS::Queue`. A queue's URL, which is its `Ref`, lies under the address of the SQS endpoint: the SDK sends a
 * queue's calls to its URL (`useQueueUrlAsEndpoint`), so a client that knows nothing of us arrives here.
 */
export function queueProviders(client: SQSClient, url: string): Providers {
  return {
    'AWS::SQS::Queue': (resource) => provideQueue(resource, client, url),
    // Policies are IAM's business.
    'AWS::SQS::QueuePolicy': ({ stack, logicalId }) => ({ ref: `${stack}-${logicalId}` }),
  };
}

async function provideQueue(resource: Resource, client: SQSClient, url: string): Promise<Created> {
  const wanted = parseProperties(resource, queue);
  const suffix = wanted.FifoQueue ? '.fifo' : '';
  const { stack, logicalId } = resource;
  const name = wanted.QueueName ?? physicalName(stack, logicalId, 80 - suffix.length) + suffix;
  const QueueUrl = `${url}/${account}/${name}`;
  const fifo = wanted.FifoQueue ? { FifoQueue: 'true' } : undefined;
  // A kept queue is returned when nothing that is said of it here differs; then it takes the template's attributes.
  await client.send(new CreateQueueCommand({ QueueName: name, Attributes: fifo }));
  await client.send(
    new SetQueueAttributesCommand({
      QueueUrl,
      Attributes: {
        VisibilityTimeout: String(wanted.VisibilityTimeout ?? 30),
        MessageRetentionPeriod: String(wanted.MessageRetentionPeriod ?? 4 * 24 * 3600),
        DelaySeconds: String(wanted.DelaySeconds ?? 0),
        ReceiveMessageWaitTimeSeconds: String(wanted.ReceiveMessageWaitTimeSeconds ?? 0),
        MaximumMessageSize: String(wanted.MaximumMessageSize ?? 1024 * 1024),
        // An empty policy removes a kept one.
        RedrivePolicy: wanted.RedrivePolicy ? JSON.stringify(wanted.RedrivePolicy) : '',
        ...(wanted.RedriveAllowPolicy && { RedriveAllowPolicy: JSON.stringify(wanted.RedriveAllowPolicy) }),
        ...(wanted.FifoQueue && {
          ContentBasedDeduplication: String(wanted.ContentBasedDeduplication ?? false),
        }),
      },
    }),
  );
  return { ref: QueueUrl, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl } };
}
