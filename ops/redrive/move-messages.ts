import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** What came of a redrive. */
export interface Moved {
  moved: number;
  /** Stayed in the dead-letter queue. */
  failed: number;
  /** Why, each reason once. */
  problems: string[];
}

/**
 * Moves about as many messages as a dead-letter queue holds to another queue. Each is sent before it is deleted: where
 * that is cut off between the two, a message is worked twice rather than lost. (SQS's own StartMessageMoveTask does the
 * same, unseen, and the local SQS does not have it.)
 * @param held what the queue holds now: what fails again and comes back meanwhile is not moved in a circle
 */
export async function moveMessages(
  sqs: SQSClient,
  from: string,
  to: string,
  held: number,
  onProgress: (moved: number) => void,
): Promise<Moved> {
  let moved = 0;
  const problems = new Map<Message, string>();
  while (moved + problems.size < held) {
    const messages = await receive(sqs, from);
    if (messages.length === 0) break;
    const refused = await send(sqs, to, messages);
    const sent = messages.filter((message) => !refused.has(message));
    for (const [message, problem] of refused) problems.set(message, problem);
    await remove(sqs, from, sent);
    moved += sent.length;
    onProgress(moved);
  }
  return await settle(sqs, from, moved, problems);
}

/** The redrive's result; what failed is there for everybody again. */
export async function settle(
  sqs: SQSClient,
  url: string,
  moved: number,
  problems: Map<Message, string>,
): Promise<Moved> {
  for (const { ReceiptHandle } of problems.keys()) {
    await sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }),
    );
  }
  return { moved, failed: problems.size, problems: [...new Set(problems.values())] };
}

/** Seconds that a received message stays hidden: ten come at once, and each may need its time. */
const visibilitySeconds = 900;

/** Up to ten messages, hidden from others, and so from the next call. */
export async function receive(sqs: SQSClient, url: string): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      // Long polling asks all of SQS's servers: an empty answer means an empty queue.
      WaitTimeSeconds: 2,
      MessageAttributeNames: ['All'],
      VisibilityTimeout: visibilitySeconds,
    }),
  );
  return Messages;
}

/** @returns those that were refused, and why */
async function send(sqs: SQSClient, url: string, messages: Message[]): Promise<Map<Message, string>> {
  // Ten small messages go in one call; together they may not be over 1 MB, so large ones go alone.
  const bytes = messages.reduce((sum, { Body = '' }) => sum + Buffer.byteLength(Body), 0);
  const calls = bytes < 900_000 ? [messages] : messages.map((message) => [message]);
  const refused = new Map<Message, string>();
  for (const batch of calls) {
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: batch.map(({ Body, MessageAttributes }, index) => ({
          Id: String(index),
          MessageBody: Body,
          MessageAttributes,
        })),
      }),
    );
    for (const { Id, Code, Message: reason } of Failed) {
      const message = batch[Number(Id)];
      if (message) refused.set(message, `${Code}: ${reason ?? 'refused'}`);
    }
  }
  return refused;
}

export async function remove(sqs: SQSClient, url: string, messages: Message[]): Promise<void> {
  if (messages.length === 0) return;
  const { Failed = [] } = await sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl: url,
      Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
    }),
  );
  if (Failed.length > 0) {
    throw new Error(
      `${Failed.length} messages were brought back, but could not be deleted (${Failed[0]?.Message}): they will be again.`,
    );
  }
}
