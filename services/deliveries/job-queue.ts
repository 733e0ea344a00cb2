import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeliveryJob } from '#shared/contract/job.ts';
import { logger } from '#shared/observability/logger.ts';

/** Jobs, and bytes of them, a call: SQS's limits ("Message quotas"), with room for what the protocol adds. */
const batchSize = 10;
const batchBytes = 1_000_000;
const attempts = 3;

interface Body {
  job: DeliveryJob;
  body: string;
}

/** The deliveries queue, as its senders see it. */
export class JobQueue {
  readonly #sqs: SQSClient;
  readonly #url: string;

  constructor(sqs: SQSClient, url: string) {
    this.#sqs = sqs;
    this.#url = url;
  }

  /**
   * Puts jobs on the queue, as many a call as SQS takes and the calls in parallel; those that it refuses are tried again.
   * @param delaySeconds how long the jobs stay hidden first, 0 to 900
   * @returns the jobs that could not be sent
   */
  async send(jobs: readonly DeliveryJob[], delaySeconds = 0): Promise<DeliveryJob[]> {
    const enqueuedAt = Date.now() + delaySeconds * 1000;
    const serialize = bodySerializer(enqueuedAt);
    const bodies = jobs.map((job) => ({ job, body: serialize(job) }));
    const unsent = await Promise.all(inBatches(bodies).map((batch) => this.#sendBatch(batch, delaySeconds)));
    return unsent.flat().map(({ job }) => job);
  }

  async #sendBatch(batch: Body[], delaySeconds: number): Promise<Body[]> {
    let unsent = batch;
    for (let tried = 0; tried < attempts && unsent.length > 0; tried++) {
      const { Failed = [] } = await this.#sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: this.#url,
          Entries: unsent.map(({ body }, index) => ({
            Id: String(index),
            MessageBody: body,
            DelaySeconds: delaySeconds,
          })),
        }),
      );
      if (Failed.length > 0) logger.warn('SQS refused jobs', { refused: Failed });
      const failed = new Set(Failed.map(({ Id }) => Id));
      unsent = unsent.filter((_, index) => failed.has(String(index)));
    }
    return unsent;
  }
}

/** The jobs of one frame share its events, which are nearly all of a body: they are written once for all shards. */
function bodySerializer(enqueuedAt: number): (job: DeliveryJob) => string {
  const written = new Map<DeliveryJob['events'], string>();
  return ({ events, ...job }) => {
    const tail = written.get(events) ?? `,"events":${JSON.stringify(events)}}`;
    written.set(events, tail);
    return JSON.stringify({ ...job, enqueuedAt }).slice(0, -1) + tail;
  };
}

/** A thousand shards of one frame are a hundred calls; jobs that name their connections fill a call sooner. */
function inBatches(bodies: Body[]): Body[][] {
  const batches: Body[][] = [];
  let batch: Body[] = [];
  let bytes = 0;
  for (const entry of bodies) {
    const length = Buffer.byteLength(entry.body);
    if (batch.length === batchSize || bytes + length > batchBytes) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += length;
  }
  return [...batches, batch].filter(({ length }) => length > 0);
}
