import { EventType } from '@aws-lambda-powertools/batch';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { logChanges, logger } from '#shared/observability/logger.ts';
import { measure, withMetrics } from '#shared/observability/metrics.ts';
import { type Failures, processBatch } from '../batch/process-batch.ts';
import { type Change, changesOf } from '../changes/changes.ts';
import { busEventsOf } from './bus-events.ts';
import { publish } from './publish.ts';

const { EVENT_BUS_NAME } = readEnvironment({ EVENT_BUS_NAME: z.string() });
const eventBridge = new EventBridgeClient({});

/** The messages and the rooms table's streams → the event bus, for everything that is not on the hot path. */
export const handler = withMetrics(async ({ Records }: DynamoDBStreamEvent) =>
  processBatch(Records, EventType.DynamoDBStreams, changesOf, publishMeasured),
);

async function publishMeasured(records: Change[][]): Promise<Failures<Change[]>> {
  const events = records.map(busEventsOf);
  const count = events.flat().length;
  const refused = await publish(events.flat(), eventBridge, EVENT_BUS_NAME).catch((error: unknown) => {
    // A call that failed as a whole: the bus is gone, or may not be written to.
    measure('RefusedEvents', count);
    throw error;
  });
  measure('PublishedEvents', count - refused.size);
  if (refused.size > 0) {
    measure('RefusedEvents', refused.size);
    const [error] = refused.values();
    logger.error('The bus refused events', { refused: refused.size, error });
  }
  const failures = new Map(
    records.flatMap((changes, index): [Change[], Error][] => {
      const error = events[index]?.map((event) => refused.get(event)).find((each) => each !== undefined);
      return error ? [[changes, error]] : [];
    }),
  );
  logChanges('Published', records.filter((changes) => !failures.has(changes)).flat());
  return failures;
}
