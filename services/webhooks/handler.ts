import { EventType } from '@aws-lambda-powertools/batch';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { publicAgent } from '#shared/net/public-address.ts';
import { reachableAddresses } from '#shared/net/reachable-addresses.ts';
import { withMetrics } from '#shared/observability/metrics.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Messages } from '#shared/storage/messages.ts';
import { Webhooks } from '#shared/storage/webhooks.ts';
import { type Failures, processBatch, toError } from '../batch/process-batch.ts';
import { fanOut } from './fan-out.ts';
import { parseWork, type Work } from './jobs.ts';
import { post, type SignedPost } from './post.ts';
import { postMessage } from './post-message.ts';
import { WebhookQueue } from './webhook-queue.ts';

const environment = readEnvironment({
  ROOMS_TABLE: z.string(),
  MESSAGES_TABLE: z.string(),
  WEBHOOKS_QUEUE_URL: z.url(),
  REACHABLE_ADDRESSES: reachableAddresses,
});
/** Half of what the function may take, for a batch whose receivers all hang. */
const receiverTimeoutMs = 10_000;

const agent = publicAgent(environment.REACHABLE_ADDRESSES);
const queue = new WebhookQueue(new SQSClient({}), environment.WEBHOOKS_QUEUE_URL);
const documents = openDocuments();
const collaborators = {
  webhooks: new Webhooks(documents, environment.ROOMS_TABLE),
  sendJobs: queue.send.bind(queue),
  messages: new Messages(documents, environment.MESSAGES_TABLE),
  post: (signed: SignedPost) => post(signed, agent, receiverTimeoutMs),
};

/** The webhooks queue → each webhook of the message's room. */
export const handler = withMetrics(async ({ Records }: SQSEvent) =>
  processBatch(Records, EventType.SQS, ({ body }) => parseWork(body), workAll),
);

/** All at once, so that one that is slow to answer holds up no other of the batch. */
async function workAll(batch: Work[]): Promise<Failures<Work>> {
  const failures: Failures<Work> = new Map();
  await Promise.all(
    batch.map(async (work) => {
      try {
        await ('webhook' in work ? postMessage(work, collaborators) : fanOut(work, collaborators));
      } catch (error) {
        failures.set(work, toError(error));
      }
    }),
  );
  return failures;
}
