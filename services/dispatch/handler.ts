import { EventType } from '@aws-lambda-powertools/batch';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod';
import { tellsOfMessage } from '#shared/contract/events.ts';
import { readEnvironment } from '#shared/environment.ts';
import { logChanges } from '#shared/observability/logger.ts';
import { measure, withMetrics } from '#shared/observability/metrics.ts';
import { type Failures, processBatch } from '../batch/process-batch.ts';
import { type Change, changesOf } from '../changes/changes.ts';
import { JobQueue } from '../deliveries/job-queue.ts';
import { dispatch } from './dispatch.ts';

const { DELIVERIES_QUEUE_URL } = readEnvironment({ DELIVERIES_QUEUE_URL: z.url() });
// TLS has checked the bytes: an MD5 of each entry, at a thousand entries a message, would be CPU for nothing.
const queue = new JobQueue(new SQSClient({ md5: false }), DELIVERIES_QUEUE_URL);

/** The messages and the rooms table's streams → the deliveries queue. */
export const handler = withMetrics(async ({ Records }: DynamoDBStreamEvent) =>
  processBatch(Records, EventType.DynamoDBStreams, changesOf, dispatchMeasured),
);

async function dispatchMeasured(records: Change[][]): Promise<Failures<Change[]>> {
  const pickedUpAt = Date.now();
  const failures = await dispatch(records, async (jobs) => {
    const unsent = await queue.send(jobs);
    measure('Jobs', jobs.length - unsent.length);
    return unsent;
  });
  const dispatched = records.filter((changes) => !failures.has(changes)).flat();
  // The queue's time begins when its messages are made, just after the batch is picked up.
  for (const { event } of dispatched) {
    if (tellsOfMessage(event)) measure('StreamLag', pickedUpAt - event.at);
  }
  logChanges('Dispatched', dispatched);
  return failures;
}
