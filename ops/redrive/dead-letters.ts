import { GetQueueAttributesCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** A dead-letter queue: `<name>-dlq` holds what failed of the queue `<name>`, or else of a table's stream. */
export interface DeadLetters {
  name: string;
  url: string;
  source: { name: string; url: string } | undefined;
}

/** How many messages a queue holds, those that somebody works on too; about, as SQS counts from time to time. */
export async function depthOf(sqs: SQSClient, url: string): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  const { ApproximateNumberOfMessages = 0, ApproximateNumberOfMessagesNotVisible = 0 } = Attributes ?? {};
  return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
}

/** Some messages' bodies; they stay visible to everybody. */
export async function peek(sqs: SQSClient, url: string): Promise<string[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
      VisibilityTimeout: 0,
    }),
  );
  return Messages.map(({ Body = '' }) => Body);
}
