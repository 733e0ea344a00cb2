import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeliveryJob } from '#shared/contract/job.ts';
import { logger } from '#shared/observability/logger.ts';

/** Jobs a call (SQS's limit). Ten jobs are far below a call's 1 MB: a job's events fit in a few frames. */
const batchSize = 10;
const attempts = 3;

/** The deliveries queue, as its senders see it. */
export class JobQueue {
  readonly #sqs: SQSClient;
  readonly #url: string;

  constructor(sqs: SQSClient, url: string) {
    this.#sqs = sqs;
    this.#url = url;
  }

  /**
   * Puts jobs on the queue, ten a call and the calls in parallel; those that SQS refuses are tried again.
   * @param delaySeconds how long the jobs stay hidden first, 0 to 900
   * @returns the jobs that could not be sent
   */
  async send(jobs: readonly DeliveryJob[], delaySeconds = 0): Promise<DeliveryJob[]> {
    const batches = [];
    for (let start = 0; start < jobs.length; start += batchSize) {
      batches.push(this.#sendBatch(jobs.slice(start, start + batchSize), delaySeconds));
    }
    return (await Promise.all(batches)).flat();
  }

  async #sendBatch(jobs: DeliveryJob[], delaySeconds: number): Promise<DeliveryJob[]> {
    let unsent = jobs;
    for (let tried = 0; tried < attempts && unsent.length > 0; tried++) {
      const { Failed = [] } = await this.#sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: this.#url,
          Entries: unsent.map((job, index) => ({
            Id: String(index),
            MessageBody: JSON.stringify({ ...job, enqueuedAt: Date.now() + delaySeconds * 1000 }),
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
