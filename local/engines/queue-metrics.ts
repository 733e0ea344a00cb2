import type { Observe } from '#local/cloudwatch/observe.ts';
import type { SqsQueue } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';

/** What has happened in a queue since it was last asked. */
interface Traffic {
  sent: number;
  received: number;
  deleted: number;
}

/** AWS/SQS: what queues hold, and what goes through them, with AWS's names and dimensions. */
export class QueueMetrics {
  readonly #queues = new Map<SqsQueue, Traffic>();

  /** Counts what goes through a queue from now on. fauxqs tells nobody, so its methods are listened in on. */
  watch(queue: SqsQueue): void {
    if (this.#queues.has(queue)) return;
    const traffic: Traffic = { sent: 0, received: 0, deleted: 0 };
    this.#queues.set(queue, traffic);
    const { enqueue, dequeue, deleteMessage } = queue;
    queue.enqueue = (message) => {
      // "If a message is moved to a dead-letter queue as a result of a failed processing attempt, it is not captured."
      if (message.approximateReceiveCount === 0) traffic.sent += 1;
      enqueue.call(queue, message);
    };
    queue.dequeue = (...args) => {
      const messages = dequeue.apply(queue, args);
      traffic.received += messages.length;
      return messages;
    };
    queue.deleteMessage = (receiptHandle) => {
      const deleted = deleteMessage.call(queue, receiptHandle);
      if (deleted) traffic.deleted += 1;
      return deleted;
    };
  }

  /** Reports every queue as it is now. */
  sample(observe: Observe): void {
    for (const [queue, traffic] of this.#queues) {
      const { messages, inflightMessages, delayedMessages, name: QueueName } = queue;
      const measure = (name: string, value: number) => observe('AWS/SQS', name, { QueueName }, value);
      measure('ApproximateNumberOfMessagesVisible', queue.isFifo() ? fifoLength(queue) : messages.length);
      measure('ApproximateNumberOfMessagesNotVisible', inflightMessages.size);
      measure('ApproximateNumberOfMessagesDelayed', delayedMessages.length);
      measure('ApproximateAgeOfOldestMessage', Math.max(0, Math.floor((Date.now() - oldest(queue)) / 1_000)));
      measure('NumberOfMessagesSent', traffic.sent);
      measure('NumberOfMessagesReceived', traffic.received);
      measure('NumberOfMessagesDeleted', traffic.deleted);
      Object.assign(traffic, { sent: 0, received: 0, deleted: 0 });
    }
  }
}

/** When the oldest message that waits or is being worked on was sent; now, where there is none. */
function oldest({ messages, inflightMessages, fifoMessages }: SqsQueue): number {
  let sentAt = Date.now();
  for (const message of messages) sentAt = Math.min(sentAt, message.sentTimestamp);
  for (const { message } of inflightMessages.values()) sentAt = Math.min(sentAt, message.sentTimestamp);
  for (const group of fifoMessages.values())
    for (const message of group) sentAt = Math.min(sentAt, message.sentTimestamp);
  return sentAt;
}

function fifoLength({ fifoMessages }: SqsQueue): number {
  let length = 0;
  for (const group of fifoMessages.values()) length += group.length;
  return length;
}
