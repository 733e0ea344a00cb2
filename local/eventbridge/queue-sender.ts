import { GetQueueUrlCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Sends one message to a queue; rejects with the SDK's error. `attributes` become String message attributes. */
export type SendToQueue = (
  queueArn: string,
  body: string,
  options?: { messageGroupId?: string; attributes?: Record<string, string> },
) => Promise<void>;

/** Sends through an SQS client, which must have `useQueueUrlAsEndpoint: false` when it talks to fauxqs. */
export function queueSender(client: SQSClient): SendToQueue {
  const urls = new Map<string, string>();
  return async (queueArn, body, { messageGroupId, attributes = {} } = {}) => {
    const url = urls.get(queueArn) ?? (await urlOf(client, queueArn));
    urls.set(queueArn, url);
    await client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: body,
        MessageGroupId: messageGroupId,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [
            name,
            { DataType: 'String', StringValue: value },
          ]),
        ),
      }),
    );
  };
}

async function urlOf(client: SQSClient, queueArn: string): Promise<string> {
  const name = queueArn.slice(queueArn.lastIndexOf(':') + 1);
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  if (!QueueUrl) throw new Error(`SQS answered no URL for ${queueArn}`);
  return QueueUrl;
}
