import { z } from 'zod';

/** What a queue holds, for a console: looking changes nothing. Times are milliseconds since the epoch. */
export interface QueueContents {
  name: string;
  url: string;
  arn: string;
  /** Where messages go that were received too often. */
  redrivesTo: { arn: string; maxReceiveCount: number } | undefined;
  counts(): { ready: number; delayed: number; inFlight: number };
  /** When the oldest of its messages was sent. */
  oldestAt(): number | undefined;
  /** Its oldest messages. */
  messages(limit: number): QueuedMessage[];
}

export interface QueuedMessage {
  id: string;
  body: string;
  attributes: Record<string, string>;
  sentAt: number;
  receiveCount: number;
  state: 'ready' | 'delayed' | 'inFlight';
}

/** What we use of fauxqs' queue. */
interface FauxqsQueue {
  name: string;
  url: string;
  arn: string;
  attributes: Record<string, string>;
  inspectMessages(): {
    ready: FauxqsMessage[];
    delayed: FauxqsMessage[];
    inflight: { message: FauxqsMessage }[];
  };
}

interface FauxqsMessage {
  messageId: string;
  body: string;
  messageAttributes: Record<string, { StringValue?: string }>;
  sentTimestamp: number;
  approximateReceiveCount: number;
}

/** Looks into a queue of fauxqs' store. */
export function contentsOf(queue: FauxqsQueue): QueueContents {
  const all = () => {
    const { ready, delayed, inflight } = queue.inspectMessages();
    return { ready, delayed, inFlight: inflight.map(({ message }) => message) };
  };
  return {
    name: queue.name,
    url: queue.url,
    arn: queue.arn,
    redrivesTo: redrivePolicy(queue.attributes.RedrivePolicy),
    counts() {
      const { ready, delayed, inFlight } = all();
      return { ready: ready.length, delayed: delayed.length, inFlight: inFlight.length };
    },
    oldestAt() {
      const oldest = Object.values(all())
        .flat()
        .reduce((least, { sentTimestamp }) => Math.min(least, sentTimestamp), Number.POSITIVE_INFINITY);
      return Number.isFinite(oldest) ? oldest : undefined;
    },
    messages(limit) {
      const { ready, delayed, inFlight } = all();
      return [
        ...inFlight.map((message) => describe(message, 'inFlight')),
        ...ready.map((message) => describe(message, 'ready')),
        ...delayed.map((message) => describe(message, 'delayed')),
      ]
        .sort((a, b) => a.sentAt - b.sentAt)
        .slice(0, limit);
    },
  };
}

function describe(message: FauxqsMessage, state: QueuedMessage['state']): QueuedMessage {
  return {
    id: message.messageId,
    body: message.body,
    attributes: Object.fromEntries(
      Object.entries(message.messageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]),
    ),
    sentAt: message.sentTimestamp,
    receiveCount: message.approximateReceiveCount,
    state,
  };
}

const policy = z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number() });

function redrivePolicy(text: string | undefined): QueueContents['redrivesTo'] {
  if (!text) return undefined;
  const { deadLetterTargetArn: arn, maxReceiveCount } = policy.parse(JSON.parse(text));
  return { arn, maxReceiveCount };
}
