import { SQSClient } from '@aws-sdk/client-sqs';
import { type Moved, moveMessages } from '#ops/redrive/move-messages.ts';
import type { QueueContents } from '../engines/queue-contents.ts';
import { ConsoleError } from './console-error.ts';
import { clientSettings } from './operator-clients.ts';
import { findQueue, sourcesOf } from './queues.ts';

export interface Redriven extends Moved {
  to: string;
}

/** Brings back what a dead-letter queue holds, to the queue that it came from. @throws ConsoleError */
export async function redrive(
  queues: QueueContents[],
  name: string,
  environment: Record<string, string>,
): Promise<Redriven> {
  const queue = findQueue(queues, name);
  const [source, ...more] = sourcesOf(queue, queues);
  if (!source)
    throw new ConsoleError(
      `What ${name} holds did not come from a queue; for a stream's failures: npm run ops -- redrive ${name} --local`,
    );
  if (more.length > 0) throw new ConsoleError(`Several queues send what fails to ${name}.`);
  const sqs = new SQSClient({ ...clientSettings(environment, 'SQS'), useQueueUrlAsEndpoint: false });
  try {
    // What is in flight is somebody's: it would only be waited for.
    const moved = await moveMessages(sqs, queue.url, source.url, queue.counts().ready, () => {});
    return { to: source.name, ...moved };
  } finally {
    sqs.destroy();
  }
}
