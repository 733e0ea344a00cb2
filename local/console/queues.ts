import type { QueueContents, QueuedMessage } from '../engines/queue-contents.ts';
import { ConsoleError } from './console-error.ts';

/** A queue as it is now. */
export interface QueueRow {
  name: string;
  ready: number;
  delayed: number;
  inFlight: number;
  /** When the oldest message was sent, in milliseconds since the epoch. */
  oldestAt: number | undefined;
  isDeadLetterQueue: boolean;
  /** Of a dead-letter queue: the queues whose failures it holds; none where they come from a stream. */
  sources: string[];
  deadLetterQueue: string | undefined;
  maxReceiveCount: number | undefined;
}

/** Messages that a peek shows. */
const shownMessages = 50;

/** Every queue; a dead-letter queue stands behind its source. */
export function queueRows(queues: QueueContents[]): QueueRow[] {
  return queues
    .map((queue) => {
      const sources = sourcesOf(queue, queues).map(({ name }) => name);
      return {
        name: queue.name,
        ...queue.counts(),
        oldestAt: queue.oldestAt(),
        isDeadLetterQueue: isDeadLetterQueue(queue, queues),
        sources,
        deadLetterQueue: queues.find(({ arn }) => arn === queue.redrivesTo?.arn)?.name,
        maxReceiveCount: queue.redrivesTo?.maxReceiveCount,
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The queues that send what fails to this one. */
export function sourcesOf(queue: QueueContents, queues: QueueContents[]): QueueContents[] {
  return queues.filter(({ redrivesTo }) => redrivesTo?.arn === queue.arn);
}

/** A queue of a stream's failures is one by its name alone: nothing else tells of it here. */
export function isDeadLetterQueue(queue: QueueContents, queues: QueueContents[]): boolean {
  return queue.name.endsWith('-dlq') || sourcesOf(queue, queues).length > 0;
}

/** A queue's oldest messages, which stay as they are: nothing is received. */
export function peekQueue(queues: QueueContents[], name: string): QueuedMessage[] {
  return findQueue(queues, name).messages(shownMessages);
}

/** @throws ConsoleError */
export function findQueue(queues: QueueContents[], name: string): QueueContents {
  const queue = queues.find((one) => one.name === name);
  if (!queue) throw new ConsoleError(`There is no queue ${name}.`, 404);
  return queue;
}
