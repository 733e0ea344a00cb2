import { EventType } from '@aws-lambda-powertools/batch';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { withMetrics } from '#shared/observability/metrics.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Presences } from '#shared/storage/presence.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { processBatch } from '../batch/process-batch.ts';
import { JobQueue } from '../deliveries/job-queue.ts';
import { keepPresence } from './keep-presence.ts';
import { newsOf } from './news.ts';

const { CONNECTIONS_TABLE, ROOMS_TABLE, DELIVERIES_QUEUE_URL } = readEnvironment({
  CONNECTIONS_TABLE: z.string(),
  ROOMS_TABLE: z.string(),
  DELIVERIES_QUEUE_URL: z.url(),
});
const documents = openDocuments();
const queue = new JobQueue(new SQSClient({}), DELIVERIES_QUEUE_URL);
const collaborators = {
  presences: new Presences(documents, CONNECTIONS_TABLE),
  rooms: new Rooms(documents, ROOMS_TABLE),
  sendJobs: (jobs: Parameters<JobQueue['send']>[0]) => queue.send(jobs),
};

/** The connections table's stream → who is online, and from the rows that say so → the deliveries queue. */
export const handler = withMetrics(async ({ Records }: DynamoDBStreamEvent) =>
  processBatch(Records, EventType.DynamoDBStreams, newsOf, (news) => keepPresence(news, collaborators)),
);
