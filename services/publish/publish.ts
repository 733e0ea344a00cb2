import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import type { Failures } from '../batch/process-batch.ts';
import type { BusEvent } from './bus-events.ts';

/** Entries a call (EventBridge's limit). */
const batchSize = 10;
const attempts = 3;

/**
 * Puts events on the bus. Entries that EventBridge refuses are tried again, alone.
 * @returns the events that were refused every time
 */
export async function publish(
  events: BusEvent[],
  eventBridge: EventBridgeClient,
  busName: string,
): Promise<Failures<BusEvent>> {
  const batches = [];
  for (let start = 0; start < events.length; start += batchSize) {
    batches.push(publishBatch(events.slice(start, start + batchSize), eventBridge, busName));
  }
  return new Map((await Promise.all(batches)).flatMap((failures) => [...failures]));
}

async function publishBatch(
  events: BusEvent[],
  eventBridge: EventBridgeClient,
  busName: string,
): Promise<Failures<BusEvent>> {
  let refused: Failures<BusEvent> = new Map(events.map((event) => [event, new Error('Not tried')]));
  for (let tried = 0; tried < attempts && refused.size > 0; tried++) {
    const unpublished = [...refused.keys()];
    const { Entries = [] } = await eventBridge.send(
      new PutEventsCommand({ Entries: unpublished.map((event) => entryOf(event, busName)) }),
    );
    refused = new Map(
      unpublished.flatMap((event, index): [BusEvent, Error][] => {
        const { ErrorCode, ErrorMessage } = Entries[index] ?? { ErrorCode: 'Missing' };
        return ErrorCode ? [[event, new Error(`${ErrorCode}: ${ErrorMessage}`)]] : [];
      }),
    );
  }
  return refused;
}

function entryOf({ type, at, detail }: BusEvent, busName: string): PutEventsRequestEntry {
  return {
    EventBusName: busName,
    Source: 'fanfare',
    DetailType: type,
    Time: new Date(at),
    Detail: JSON.stringify(detail),
  };
}
