import type { Draw } from '#local/aws-timing.ts';
import type { Queue } from '#local/engines/queues.ts';
import { Backoff, pause, type RetryDelay } from './backoff.ts';
import { invokeWithBatch, type SafeInvoker } from './batch-response.ts';
import { Gate } from './gate.ts';
import { takeBatch } from './payload.ts';
import type { QueueMappingConfig } from './properties.ts';
import { type QueueRecord, toQueueRecord } from './queue-record.ts';
import { Signal } from './signal.ts';

export interface QueueMappingOptions {
  config: QueueMappingConfig;
  queue: Queue;
  invoker: SafeInvoker;
  retryDelay: RetryDelay;
  log(line: string): void;
  /** How long a message is on its way to the function. */
  hopMs: Draw | undefined;
}

/** A long poll's. */
const longPollMs = 20_000;

/**
 * A queue's consumer. It receives only when an invocation can follow at once: under load messages wait in the queue
 * and fill the next batches. One receiver feeds all invocations. Redrive and visibility timeout are the queue's own: what
 * is not deleted comes back.
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

  start(): void {
    const { config, log } = this.#options;
    // Somebody has deleted the queue, or the disk is full.
    this.#receiveAll().catch((error: unknown) =>
      log(`${config.sourceArn} is received no more for ${config.functionName}: ${error}.`),
    );
  }

  /** Resolves when the invocations under way have ended and their messages are deleted. */
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

  async #receiveAll(): Promise<void> {
    const { config, queue } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const seen = this.#slotFreed.count;
      if (this.#underWay.size >= config.maxConcurrency) {
        await this.#slotFreed.after(seen);
        continue;
      }
      await this.#gate.pass();
      if (signal.aborted) return;
      const first = await this.#receive(config.batchSize);
      if (first) await this.#gather(first);
      else await queue.arrival(longPollMs, signal);
    }
  }

  /** Receives until the batch is full or the batching window ends, which begins with the first message. */
  async #gather(records: QueueRecord[]): Promise<void> {
    const { config, queue } = this.#options;
    const { signal } = this.#stopping;
    const began = Date.now();
    while (records.length > 0 && records.length < config.batchSize && !signal.aborted) {
      const leftMs = began + config.windowMs - Date.now();
      if (leftMs <= 0) break;
      const more = await this.#receive(config.batchSize - records.length);
      if (more) records.push(...more);
      else await queue.arrival(leftMs, signal);
    }
    if (signal.aborted) this.#giveBack(records);
    else this.#startBatches(records, began + queue.visibilityMs());
  }

  /** Up to ten messages that are for the function, where any are there; the others are deleted. */
  async #receive(atMost: number): Promise<QueueRecord[] | undefined> {
    const { queue, config } = this.#options;
    const messages = await queue.receive(atMost);
    if (messages.length === 0) return undefined;
    const records = messages.map((message) => toQueueRecord(message, config.sourceArn));
    const wanted = records.filter(({ event }) => config.matches(event));
    for (const record of records) if (!wanted.includes(record)) queue.delete(record.receiptHandle);
    return wanted;
  }

  /** One batch; or more, where the payload quota asks for it. */
  #startBatches(records: readonly QueueRecord[], deadline: number): void {
    for (let left = records; left.length > 0; ) {
      const batch = takeBatch(left, this.#options.config.batchSize);
      left = left.slice(batch.length);
      const underWay = this.#process(batch, deadline).finally(() => {
        this.#underWay.delete(underWay);
        this.#slotFreed.notify();
      });
      this.#underWay.add(underWay);
    }
  }

  /** Deletes what the function has handled. The rest comes back when its visibility timeout ends. */
  async #process(batch: readonly QueueRecord[], deadline: number): Promise<void> {
    const { config, queue, invoker, retryDelay } = this.#options;
    const backoff = new Backoff(retryDelay);
    await this.#arrival(batch);
    do {
      await this.#gate.pass();
      const outcome = await invokeWithBatch(
        invoker,
        config,
        batch.map((record) => record.event),
        batch.map((record) => record.messageId),
      );
      if (outcome.status === 'handled') {
        for (const { messageId, receiptHandle } of batch)
          if (!outcome.failed.has(messageId)) queue.delete(receiptHandle);
      }
      if (outcome.status !== 'throttled') return;
      await backoff.wait(this.#stopping.signal);
      // Once the messages are visible again, another receive has them.
    } while (!this.#stopping.signal.aborted && Date.now() < deadline);
  }

  /** Waits until a message could be here that was sent when the first of these was. */
  async #arrival([first]: readonly QueueRecord[]): Promise<void> {
    const { hopMs } = this.#options;
    if (!hopMs || !first) return;
    const onItsWayMs = first.sentAt + hopMs() - Date.now();
    if (onItsWayMs > 0) await pause(onItsWayMs, this.#stopping.signal);
  }

  #giveBack(records: readonly QueueRecord[]): void {
    for (const { receiptHandle } of records) this.#options.queue.giveBack(receiptHandle);
  }
}
