import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { type Message, toEvent } from '#shared/storage/messages.ts';
import type { Failures } from '../batch/process-batch.ts';

/** Entries a call (EventBridge's limit). */
const batchSize = 10;
const attempts = 3;

/**
 * Puts one `MessageSent` event a message on the bus. Entries that EventBridge refuses are tried again, alone.
 * @returns the messages that were refused every time; the stream offers them again
 */
export async function publish(
  messages: Message[],
  eventBridge: EventBridgeClient,
  busName: string,
): Promise<Failures<Message>> {
  const batches = [];
  for (let start = 0; start < messages.length; start += batchSize) {
    batches.push(publishBatch(messages.slice(start, start + batchSize), eventBridge, busName));
  }
  return new Map((await Promise.all(batches)).flatMap((failures) => [...failures]));
}

async function publishBatch(
  messages: Message[],
  eventBridge: EventBridgeClient,
  busName: string,
): Promise<Failures<Message>> {
  let refused: Failures<Message> = new Map(messages.map((message) => [message, new Error('Not tried')]));
  for (let tried = 0; tried < attempts && refused.size > 0; tried++) {
    const unpublished = [...refused.keys()];
    const { Entries = [] } = await eventBridge.send(
      new PutEventsCommand({ Entries: unpublished.map((message) => entryOf(message, busName)) }),
    );
    refused = new Map(
      unpublished.flatMap((message, index): [Message, Error][] => {
        const { ErrorCode, ErrorMessage } = Entries[index] ?? { ErrorCode: 'Missing' };
        return ErrorCode ? [[message, new Error(`${ErrorCode}: ${ErrorMessage}`)]] : [];
      }),
    );
  }
  return refused;
}

function entryOf(message: Message, busName: string): PutEventsRequestEntry {
  return {
    EventBusName: busName,
    Source: 'fanfare',
    DetailType: 'MessageSent',
    Time: new Date(message.sentAt),
    Detail: JSON.stringify({ room: message.roomId, ...toEvent(message) }),
  };
}
