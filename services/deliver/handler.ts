import { EventType } from '@aws-lambda-powertools/batch';
import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { type DeliveryJob, deliveryJob } from '#shared/contract/job.ts';
import { readEnvironment } from '#shared/environment.ts';
import { withMetrics } from '#shared/observability/metrics.ts';
import { Connections } from '#shared/storage/connections.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { processBatch } from '../batch/process-batch.ts';
import type { JobQueue } from '../deliveries/job-queue.ts';
import { deliverBatch } from './deliver.ts';
import { ConnectionsApi } from './post.ts';
import { Slots } from './slots.ts';

const environment = readEnvironment({
  AWS_REGION: z.string(),
  CONNECTIONS_ENDPOINT: z.url(),
  CONNECTIONS_TABLE: z.string(),
  ROOMS_TABLE: z.string(),
  DELIVERIES_QUEUE_URL: z.url(),
});
const documents = openDocuments();
const api = new ConnectionsApi(environment.CONNECTIONS_ENDPOINT, environment.AWS_REGION);
// While the environment starts, and so before its first job waits for them: as many as a small room's posts take.
api.warm(8);
let queue: Promise<JobQueue> | undefined;
const collaborators = {
  connections: new Connections(documents, environment.CONNECTIONS_TABLE),
  rooms: new Rooms(documents, environment.ROOMS_TABLE),
  post: api.post.bind(api),
  slots: new Slots(),
  sendJobs: async (jobs: DeliveryJob[], delaySeconds?: number) => {
    queue ??= openQueue();
    return (await queue).send(jobs, delaySeconds);
  },
};

/** The deliveries queue → every connection. */
export const handler = withMetrics(async ({ Records }: SQSEvent) =>
  processBatch(
    Records,
    EventType.SQS,
    ({ body }) => deliveryJob.parse(JSON.parse(body)),
    (jobs) => deliverBatch(jobs, collaborators),
  ),
);

/** Few jobs are handed on: a cold start does without the client of SQS. */
async function openQueue(): Promise<JobQueue> {
  const [{ SQSClient }, { JobQueue }] = await Promise.all([
    import('@aws-sdk/client-sqs'),
    import('../deliveries/job-queue.ts'),
  ]);
  return new JobQueue(new SQSClient({}), environment.DELIVERIES_QUEUE_URL);
}
