import { GetQueueUrlCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SendToQueue } from '../engines/queues.ts';

/** As a rule's target is sent to, but at the wire, where a test can refuse. The client must have `useQueueUrlAsEndpoint: false` when it talks to fauxqs. */
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
