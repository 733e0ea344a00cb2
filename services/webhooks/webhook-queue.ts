import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { WebhookJob } from './jobs.ts';

/** The webhooks queue, as its own consumer writes to it. */
export class WebhookQueue {
  readonly #sqs: SQSClient;
  readonly #url: string;

  constructor(sqs: SQSClient, url: string) {
    this.#sqs = sqs;
    this.#url = url;
  }

  /**
   * Puts jobs on the queue in one call, which has room for ten: more than a room's webhooks.
   * @param delaySeconds how long they stay hidden first, 0 to 900
   * @throws where SQS refuses one: whoever called is tried again
   */
  async send(jobs: WebhookJob[], delaySeconds = 0): Promise<void> {
    if (jobs.length === 0) return;
    const { Failed: [refused] = [] } = await this.#sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: this.#url,
        Entries: jobs.map((job, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify(job),
          DelaySeconds: delaySeconds,
        })),
      }),
    );
    if (refused) throw new Error(`SQS refused a job: ${refused.Code} ${refused.Message}`);
  }
}
