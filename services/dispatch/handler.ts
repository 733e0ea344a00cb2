import { EventType } from '@aws-lambda-powertools/batch';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { logMessages } from '#shared/observability/logger.ts';
import { measure, withMetrics } from '#shared/observability/metrics.ts';
import type { Message } from '#shared/storage/messages.ts';
import { messageOf } from '../batch/message-records.ts';
import { type Failures, processBatch } from '../batch/process-batch.ts';
import { JobQueue } from '../deliveries/job-queue.ts';
import { dispatch } from './dispatch.ts';

const { DELIVERIES_QUEUE_URL } = readEnvironment({ DELIVERIES_QUEUE_URL: z.url() });
// TLS has checked the bytes: an MD5 of each entry, at a thousand entries a message, would be CPU for nothing.
const queue = new JobQueue(new SQSClient({ md5: false }), DELIVERIES_QUEUE_URL);

/** The messages table's stream → the deliveries queue. */
export const handler = withMetrics(async ({ Records }: DynamoDBStreamEvent) =>
  processBatch(Records, EventType.DynamoDBStreams, messageOf, dispatchMeasured),
);

async function dispatchMeasured(messages: Message[]): Promise<Failures<Message>> {
  const pickedUpAt = Date.now();
  const failures = await dispatch(messages, async (jobs) => {
    const unsent = await queue.send(jobs);
    measure('Jobs', jobs.length - unsent.length);
    return unsent;
  });
  const dispatched = messages.filter((message) => !failures.has(message));
  // The queue's time begins when its messages are made, just after the batch is picked up.
  for (const { sentAt } of dispatched) measure('StreamLag', pickedUpAt - sentAt);
  logMessages('Dispatched', dispatched);
  return failures;
}
