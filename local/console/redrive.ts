import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type Moved, moveMessages } from '#ops/redrive/move-messages.ts';
import { replayStreamFailures } from '#ops/redrive/replay-stream-failures.ts';
import type { QueueContents } from '../engines/queue-contents.ts';
import { ConsoleError } from './console-error.ts';
import { clientSettings } from './operator-clients.ts';
import { findQueue, isDeadLetterQueue, sourcesOf } from './queues.ts';

/**
 * Brings back what a dead-letter queue holds, as `npm run ops -- redrive` does: messages to their queue, a stream's
 * records to their function. @throws ConsoleError
 */
export async function redrive(
  queues: QueueContents[],
  name: string,
  environment: Record<string, string>,
): Promise<Moved> {
  const letters = findQueue(queues, name);
  if (!isDeadLetterQueue(letters, queues)) throw new ConsoleError(`${name} is not a dead-letter queue.`);
  const [source, ...more] = sourcesOf(letters, queues);
  if (more.length > 0) throw new ConsoleError(`Several queues send what fails to ${name}.`);
  // What is in flight is somebody's: it would only be waited for.
  const held = letters.counts().ready;
  const sqs = new SQSClient({ ...clientSettings(environment, 'SQS'), useQueueUrlAsEndpoint: false });
  try {
    if (source) return await moveMessages(sqs, letters.url, source.url, held, () => {});
    return await replay(sqs, letters.url, held, environment);
  } finally {
    sqs.destroy();
  }
}

async function replay(sqs: SQSClient, url: string, held: number, environment: Record<string, string>) {
  const clients = {
    streams: new DynamoDBStreamsClient(clientSettings(environment, 'DYNAMODB_STREAMS')),
    dynamodb: new DynamoDBClient(clientSettings(environment, 'DYNAMODB')),
    lambda: new LambdaClient(clientSettings(environment, 'LAMBDA')),
  };
  try {
    return await replayStreamFailures(sqs, url, held, () => {}, clients);
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}
