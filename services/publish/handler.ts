import { EventType } from '@aws-lambda-powertools/batch';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { logger, logMessages } from '#shared/observability/logger.ts';
import { measure, withMetrics } from '#shared/observability/metrics.ts';
import type { Message } from '#shared/storage/messages.ts';
import { messageOf } from '../batch/message-records.ts';
import { type Failures, processBatch } from '../batch/process-batch.ts';
import { publish } from './publish.ts';

const { EVENT_BUS_NAME } = readEnvironment({ EVENT_BUS_NAME: z.string() });
const eventBridge = new EventBridgeClient({});

/** The messages table's stream → the event bus, for everything that is not on the hot path. */
export const handler = withMetrics(async ({ Records }: DynamoDBStreamEvent) =>
  processBatch(Records, EventType.DynamoDBStreams, messageOf, publishMeasured),
);

async function publishMeasured(messages: Message[]): Promise<Failures<Message>> {
  const failures = await publish(messages, eventBridge, EVENT_BUS_NAME).catch((error: unknown) => {
    // A call that failed as a whole: the bus is gone, or may not be written to.
    measure('RefusedEvents', messages.length);
    throw error;
  });
  measure('PublishedEvents', messages.length - failures.size);
  if (failures.size > 0) {
    measure('RefusedEvents', failures.size);
    const [error] = failures.values();
    logger.error('The bus refused events', { refused: failures.size, error });
  }
  logMessages(
    'Published',
    messages.filter((message) => !failures.has(message)),
  );
  return failures;
}
