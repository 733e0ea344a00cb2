import { z } from 'zod';
import { SqsError } from '../../node_modules/fauxqs/dist/common/errors.js';
import { receiveMessage } from '../../node_modules/fauxqs/dist/sqs/actions/receiveMessage.js';
import { sendMessage } from '../../node_modules/fauxqs/dist/sqs/actions/sendMessage.js';
import type { SqsQueue, SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';

/**
 * SQS for the parts of the local cloud, which share its process: the same queues by the same rules, without a client, a
 * signature and two HTTP messages around each call. Those cost several times as much as the call.
 */
export interface Queues {
  /** Throws where there is no such queue, in one sentence that names it. */
  get(queueArn: string): Queue;
  /** Sends one message; rejects as SQS refuses it. `attributes` become String message attributes. */
  send: SendToQueue;
}

export type SendToQueue = (
  queueArn: string,
  body: string,
  options?: { messageGroupId?: string; attributes?: Record<string, string> },
) => Promise<void>;

/** One queue, as its receiver sees it. */
export interface Queue {
  /** How long a received message stays hidden. */
  visibilityMs(): number;
  /** Up to ten messages that are there now; they stay hidden until they are deleted or their time is over. */
  receive(atMost: number): Promise<ReceivedMessage[]>;
  /** Resolves when there may be messages, after `timeoutMs` at the latest, or when `signal` aborts. Hides nothing. */
  arrival(timeoutMs: number, signal: AbortSignal): Promise<void>;
  delete(receiptHandle: string): void;
  /** Shows a received message again. */
  giveBack(receiptHandle: string): void;
}

/** As ReceiveMessage answers it, with binary values in base64. */
export type ReceivedMessage = z.output<typeof receivedMessage>;

/** SQS refuses a call. `name` is the error's in SQS's API. */
class QueueError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const receivedMessage = z.object({
  MessageId: z.string(),
  ReceiptHandle: z.string(),
  MD5OfBody: z.string(),
  Body: z.string(),
  Attributes: z.record(z.string(), z.string()).default({}),
  MD5OfMessageAttributes: z.string().optional(),
  MessageAttributes: z
    .record(
      z.string(),
      z.object({
        DataType: z.string(),
        StringValue: z.string().optional(),
        BinaryValue: z.string().optional(),
      }),
    )
    .default({}),
});
const received = z.object({ Messages: z.array(receivedMessage).default([]) });

/** SQS's limit of one call. */
const receiveLimit = 10;

export function queuesOf(store: SqsStore): Queues {
  const find = (queueArn: string): SqsQueue => {
    const queue = store.getQueueByArn(queueArn);
    if (queue) return queue;
    throw new QueueError('QueueDoesNotExist', `There is no SQS queue ${queueArn.split(':').at(-1)}.`);
  };
  return {
    get: (queueArn) => queueOf(find(queueArn), store),
    async send(queueArn, MessageBody, { messageGroupId: MessageGroupId, attributes = {} } = {}) {
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
      );
      try {
        sendMessage({ QueueUrl: find(queueArn).url, MessageBody, MessageGroupId, MessageAttributes }, store);
      } catch (error) {
        throw error instanceof SqsError ? new QueueError(error.code, error.message) : error;
      }
    },
  };
}

function queueOf(queue: SqsQueue, store: SqsStore): Queue {
  return {
    visibilityMs: () => Number(queue.attributes.VisibilityTimeout) * 1000,
    async receive(atMost) {
      const call = {
        QueueUrl: queue.url,
        MaxNumberOfMessages: Math.min(receiveLimit, atMost),
        WaitTimeSeconds: 0,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      };
      return received.parse(await receiveMessage(call, store)).Messages;
    },
    async arrival(timeoutMs, signal) {
      if (signal.aborted) return;
      const aborted = Promise.withResolvers<void>();
      const abort = () => aborted.resolve();
      signal.addEventListener('abort', abort, { once: true });
      await Promise.race([queue.waitForMessages(timeoutMs / 1000), aborted.promise]);
      signal.removeEventListener('abort', abort);
    },
    delete: (receiptHandle) => {
      queue.deleteMessage(receiptHandle);
    },
    giveBack: (receiptHandle) => queue.changeVisibility(receiptHandle, 0),
  };
}
