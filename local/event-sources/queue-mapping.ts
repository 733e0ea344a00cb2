import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { Backoff, pause, type RetryDelay } from './backoff.ts';
import { invokeWithBatch, type SafeInvoker } from './batch-response.ts';
import { Gate } from './gate.ts';
import { takeBatch } from './payload.ts';
import type { QueueMappingConfig } from './properties.ts';
import { type QueueRecord, toQueueRecord } from './queue-record.ts';
import { queueUrl } from './queue-url.ts';
import { Signal } from './signal.ts';

export interface QueueMappingOptions {
  config: QueueMappingConfig;
  invoker: SafeInvoker;
  sqs: SQSClient;
  retryDelay: RetryDelay;
  log(line: string): void;
  /** Aborts when the queue is about to end too. */
  ending: AbortSignal;
}

/** What SQS allows in one call. */
const receiveLimit = 10;
const longPollSeconds = 20;
const receiveRetryMs = 1_000;

/**
 * A queue's consumer. It receives only when an invocation can follow at once: under load messages wait in the queue
 * and fill the next batches. One receiver feeds all invocations, as fauxqs wakes every waiting one for each message.
 * Redrive and visibility timeout are the queue's own: what is not deleted comes back.
 */
export class QueueMapping {
  readonly #gate = new Gate();
  readonly #options: QueueMappingOptions;
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #slotFreed = new Signal();

  constructor(options: QueueMappingOptions) {
    this.#options = options;
  }

  /** Rejects when there is no such queue. */
  async start(): Promise<void> {
    const { sqs, config } = this.#options;
    const QueueUrl = await queueUrl(sqs, config.sourceArn);
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] }),
    );
    const visibilityMs = Number(Attributes?.VisibilityTimeout ?? 30) * 1000;
    void this.#receiveAll(QueueUrl, visibilityMs);
  }

  /**
   * Resolves when the invocations under way have ended and their messages are deleted. A long poll goes on, and what it
   * brings is given back: fauxqs does not notice that a receiver is gone, and would hide the next message with it.
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#gate.open();
    this.#slotFreed.notify();
    await Promise.all(this.#underWay);
  }

  /** Until `resume` the function is not invoked. */
  pause(): void {
    this.#gate.close();
  }

  resume(): void {
    this.#gate.open();
  }

  async #receiveAll(url: string, visibilityMs: number): Promise<void> {
    const { config, log } = this.#options;
    const { signal } = this.#stopping;
    let isReceiving = true;
    while (!signal.aborted) {
      const seen = this.#slotFreed.count;
      if (this.#underWay.size >= config.maxConcurrency) {
        await this.#slotFreed.after(seen);
        continue;
      }
      await this.#gate.pass();
      if (signal.aborted) return;
      try {
        const { records, deadline } = await this.#gather(url, visibilityMs);
        isReceiving = true;
        if (signal.aborted) await this.#giveBack(url, records);
        else this.#startBatches(url, records, deadline);
      } catch (error) {
        if (this.#options.ending.aborted) return;
        if (isReceiving) log(`${config.sourceArn} cannot be received for ${config.functionName}: ${error}.`);
        isReceiving = false;
        await pause(receiveRetryMs, signal);
      }
    }
  }

  /** Receives until the batch is full or the batching window ends, which begins with the first message. */
  async #gather(url: string, visibilityMs: number): Promise<{ records: QueueRecord[]; deadline: number }> {
    const { batchSize, windowMs } = this.#options.config;
    const records = await this.#receive(url, batchSize, longPollSeconds);
    const began = Date.now();
    while (records.length > 0 && records.length < batchSize && !this.#stopping.signal.aborted) {
      const leftMs = began + windowMs - Date.now();
      if (leftMs <= 0) break;
      // SQS waits in whole seconds; AWS does not keep the window to the millisecond either.
      const seconds = Math.min(longPollSeconds, Math.ceil(leftMs / 1000));
      records.push(...(await this.#receive(url, batchSize - records.length, seconds)));
    }
    return { records, deadline: began + visibilityMs };
  }

  /** Up to ten messages that are for the function; the others are deleted. */
  async #receive(url: string, atMost: number, waitSeconds: number): Promise<QueueRecord[]> {
    const { sqs, config } = this.#options;
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: Math.min(receiveLimit, atMost),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: this.#options.ending },
    );
    const records = Messages.map((message) => toQueueRecord(message, config.sourceArn));
    const wanted = records.filter(({ event }) => config.matches(event));
    await this.#delete(
      url,
      records.filter((record) => !wanted.includes(record)),
    );
    return wanted;
  }

  /** One batch; or more, where the payload quota asks for it. */
  #startBatches(url: string, records: readonly QueueRecord[], deadline: number): void {
    for (let left = records; left.length > 0; ) {
      const batch = takeBatch(left, this.#options.config.batchSize);
      left = left.slice(batch.length);
      const underWay = this.#process(url, batch, deadline).finally(() => {
        this.#underWay.delete(underWay);
        this.#slotFreed.notify();
      });
      this.#underWay.add(underWay);
    }
  }

  /** Deletes what the function has handled. The rest comes back when its visibility timeout ends. */
  async #process(url: string, batch: readonly QueueRecord[], deadline: number): Promise<void> {
    const { config, invoker, retryDelay, log } = this.#options;
    const backoff = new Backoff(retryDelay);
    do {
      await this.#gate.pass();
      const outcome = await invokeWithBatch(
        invoker,
        config,
        batch.map((record) => record.event),
        batch.map((record) => record.messageId),
      );
      if (outcome.status === 'handled') {
        const handled = batch.filter((record) => !outcome.failed.has(record.messageId));
        try {
          await this.#delete(url, handled);
        } catch (error) {
          log(
            `${handled.length} messages that ${config.functionName} has handled will come again: ${error}.`,
          );
        }
        return;
      }
      if (outcome.status === 'failed') return;
      await backoff.wait(this.#stopping.signal);
      // Throttled. Once the messages are visible again, another receive has them.
    } while (!this.#stopping.signal.aborted && Date.now() < deadline);
  }

  /** In a second: with 0 fauxqs 2.4.1 loses a message of a queue that it keeps on disk. */
  async #giveBack(url: string, records: readonly QueueRecord[]): Promise<void> {
    for (const { receiptHandle } of records) {
      const request = { QueueUrl: url, ReceiptHandle: receiptHandle, VisibilityTimeout: 1 };
      await this.#options.sqs.send(new ChangeMessageVisibilityCommand(request));
    }
  }

  /** Rejects when some could not be deleted. */
  async #delete(url: string, records: readonly QueueRecord[]): Promise<void> {
    for (let first = 0; first < records.length; first += receiveLimit) {
      const Entries = records
        .slice(first, first + receiveLimit)
        .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
      const { Failed = [] } = await this.#options.sqs.send(
        new DeleteMessageBatchCommand({ QueueUrl: url, Entries }),
      );
      if (Failed[0]) throw new DeleteError(`${Failed.length} were not deleted: ${Failed[0].Message}`);
    }
  }
}

class DeleteError extends Error {
  override readonly name = 'DeleteError';
}
