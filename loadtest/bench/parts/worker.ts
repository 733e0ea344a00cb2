import { randomUUID } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import type { DeliveryJob } from '#shared/contract/job.ts';
import { shardSize } from '#shared/storage/shards.ts';
import { handler } from '../../../services/deliver/handler.ts';
import { now } from '../../client/clock.ts';
import { newRun } from '../../client/message-id.ts';
import { poster } from './contract.ts';
import { nextMessages } from './room-message.ts';
import { serve } from './serve.ts';

/** Jobs that Lambda's SQS poller puts into one event. */
const batchSize = 10;

/** Fanfare's deliver function, as Lambda runs it: one event at a time. */
serve(poster, {
  deliver: async ({ room, size, run, first, count }) => {
    const startedAt = now();
    const events = nextMessages(run, first, count);
    const shards = Math.ceil(size / shardSize);
    await work(Array.from({ length: shards }, (_, shard) => ({ room, shard, shards, events })));
    return { startedAt };
  },

  postAlone: async ({ connection, count }) => {
    const startedAt = now();
    const run = newRun();
    for (let post = 0; post < count; post++) {
      const connections = [{ userId: 'person', connectionId: connection }];
      await work([{ room: 'alone', shard: 0, shards: 1, events: nextMessages(run, post, 1), connections }]);
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
