import { GetQueueUrlCommand, QueueDoesNotExist, type SQSClient } from '@aws-sdk/client-sqs';

/** The URL of the queue of an ARN. Rejects with the SDK's QueueDoesNotExist, naming the queue. */
export async function queueUrl(sqs: SQSClient, queueArn: string): Promise<string> {
  const QueueName = queueArn.split(':').at(-1) ?? queueArn;
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  if (QueueUrl) return QueueUrl;
  throw new QueueDoesNotExist({ message: `There is no queue ${QueueName}`, $metadata: {} });
}
