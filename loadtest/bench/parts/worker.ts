import { randomUUID } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { region } from '#local/aws.ts';
import type { DeliveryJob } from '#shared/contract/job.ts';
import { readEnvironment } from '#shared/environment.ts';
import { shardSize } from '#shared/storage/shards.ts';
import { handler } from '../../../services/deliver/handler.ts';
import { ConnectionsApi, payloadOf } from '../../../services/deliver/post.ts';
import { now } from '../../client/clock.ts';
import { newRun } from '../../client/message-id.ts';
import { worker } from './contract.ts';
import { eventsFrame, nextMessages } from './room-message.ts';
import { serve } from './serve.ts';

/** Jobs that Lambda's SQS poller puts into one event. */
const batchSize = 10;

/* Fanfare's deliver function, as Lambda runs it: one event at a time. Beside it, its way to post, by itself. */

const { CONNECTIONS_ENDPOINT } = readEnvironment({ CONNECTIONS_ENDPOINT: z.url() });
const api = new ConnectionsApi(CONNECTIONS_ENDPOINT, region);

serve(worker, {
  deliver: async ({ room, size, run, first, count }) => {
    const startedAt = now();
    const events = nextMessages(run, first, count);
    const shards = Math.ceil(size / shardSize);
    await work(Array.from({ length: shards }, (_, shard) => ({ room, shard, shards, events })));
    return { startedAt };
  },

  postAlone: async ({ connection, count }) => {
    const frame = eventsFrame('alone', nextMessages(newRun(), 0, 1));
    const payload = payloadOf(Buffer.from(JSON.stringify(frame)));
    const startedAt = now();
    for (let post = 0; post < count; post++) {
      await new Promise<void>((resolve) => api.post(connection, payload, { posted: () => resolve() }));
    }
    return { milliseconds: now() - startedAt };
  },
});

async function work(jobs: DeliveryJob[]): Promise<void> {
  for (let start = 0; start < jobs.length; start += batchSize) {
    const Records = jobs.slice(start, start + batchSize).map(recordOf);
    const { batchItemFailures } = await handler({ Records });
    if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} jobs failed`);
  }
}

function recordOf(job: DeliveryJob): SQSRecord {
  return {
    messageId: randomUUID(),
    receiptHandle: 'handle',
    body: JSON.stringify({ ...job, enqueuedAt: Date.now() }),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(Date.now()),
      SenderId: 'dispatch',
      ApproximateFirstReceiveTimestamp: String(Date.now()),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:deliveries',
    awsRegion: 'us-east-1',
  };
}
