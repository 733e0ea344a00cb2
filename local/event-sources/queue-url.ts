import { GetQueueUrlCommand, QueueDoesNotExist, type SQSClient } from '@aws-sdk/client-sqs';

/** `message` is one sentence that names the queue. */
class UnknownQueueError extends Error {
  override readonly name = 'UnknownQueueError';
}

/** The URL of the queue of an ARN. Rejects with an UnknownQueueError. */
export async function queueUrl(sqs: SQSClient, queueArn: string): Promise<string> {
  const QueueName = queueArn.split(':').at(-1) ?? queueArn;
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    if (QueueUrl) return QueueUrl;
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error;
  }
  throw new UnknownQueueError(`There is no SQS queue ${QueueName}.`);
}
