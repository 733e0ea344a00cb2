import type { Draw } from '#local/aws-timing.ts';
import type { Observe } from '#local/cloudwatch/observe.ts';
import type { SendToQueue } from '#local/engines/queues.ts';
import { functionName } from '#local/lambda/providers.ts';
import { pause, type RetryDelay } from './backoff.ts';
import { invokeWithBatch, type SafeInvoker } from './batch-response.ts';
import { type Checkpoints, type Position, shardEnd, trimHorizon } from './checkpoints.ts';
import { type Discarded, sendToDestination } from './failure-destination.ts';
import { Gate } from './gate.ts';
import type { StreamMappingConfig } from './properties.ts';
import { ShardConsumer } from './shard-consumer.ts';
import type { Lineage, Stream } from './stream.ts';
import { processBatch } from './stream-batch.ts';
import type { StreamRecord } from './stream-record.ts';

export interface StreamMappingOptions {
  id: string;
  config: StreamMappingConfig;
  stream: Stream;
  checkpoints: Checkpoints;
  invoker: SafeInvoker;
  sendToQueue: SendToQueue;
  retryDelay: RetryDelay;
  observe?: Observe;
  hopMs: Draw | undefined;
  log(line: string): void;
}

/** What a shard is read again after, when the engine did not answer. */
const readRetryMs = 1_000;

/** A stream's consumer: follows every shard from where it was left, parents before their children. */
export class StreamMapping {
  readonly #gate = new Gate();
  readonly #options: StreamMappingOptions;
  readonly #stopping = new AbortController();
  readonly #consumers = new Map<string, Promise<void>>();
  #following = Promise.resolve();
  #isReading = true;

  constructor(options: StreamMappingOptions) {
    this.#options = options;
  }

  /** Resolves when it is settled where reading begins: a record that is written from then on is not missed. */
  start(): Promise<void> {
    return this.#follow();
  }

  /** No new batches and no retries. Resolves when the invocations under way have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#gate.open();
    await Promise.all(this.#consumers.values());
  }

  /** Until `resume` the function is not invoked. */
  pause(): void {
    this.#gate.close();
  }

  resume(): void {
    this.#gate.open();
    this.#options.stream.wake();
  }

  /** Looks which shards there are and starts to read those whose time has come. One look at a time. */
  #follow(): Promise<void> {
    const look = () => this.#look();
    this.#following = this.#following.then(look, look);
    return this.#following;
  }

  async #look(): Promise<void> {
    const { id, stream, checkpoints, config } = this.#options;
    const shards = await stream.shards();
    const isNew = checkpoints.positions(id, stream.source.streamArn) === undefined;
    checkpoints.keepOnly(
      id,
      stream.source.streamArn,
      shards.map((shard) => shard.id),
    );
    if (isNew && config.startingPosition === 'LATEST') {
      for (const shard of shards) {
        this.#save(shard.id, shard.isLeaf ? await stream.tail(shard.id).latest() : shardEnd);
      }
    }
    for (const shard of shards) {
      const saved = this.#saved(shard.id);
      if (this.#consumers.has(shard.id) || saved === shardEnd || !this.#isNext(shard)) continue;
      // A shard that appears later is read whole: it goes on where its parent ended.
      const position =
        saved === undefined || isNew ? (saved ?? trimHorizon) : await this.#resume(shard.id, saved);
      this.#save(shard.id, position);
      this.#consumers.set(shard.id, this.#consume(shard.id, position));
    }
  }

  #isNext(shard: Lineage): boolean {
    return shard.parent === undefined || this.#saved(shard.parent) === shardEnd;
  }

  async #resume(shardId: string, saved: Position): Promise<Position> {
    const tail = this.#options.stream.tail(shardId);
    const position = await tail.resume(saved);
    if (position !== undefined) return position;
    return this.#options.config.startingPosition === 'LATEST' ? tail.latest() : trimHorizon;
  }

  async #consume(shardId: string, position: Position): Promise<void> {
    const { config, stream } = this.#options;
    const consumer = new ShardConsumer({
      config,
      tail: stream.tail(shardId),
      position,
      isPaused: () => this.#gate.isClosed,
      process: (batch, done) => this.#process(shardId, batch, done),
      checkpoint: (reached) => this.#save(shardId, reached),
      readFailed: (error) => this.#readFailed(error),
      readSucceeded: () => this.#readSucceeded(),
      stopping: this.#stopping.signal,
      hopMs: this.#options.hopMs,
    });
    const unfollow = stream.follow(consumer.signal);
    const isEnd = await consumer.run();
    unfollow();
    if (isEnd) await this.#followChildren();
  }

  async #followChildren(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#follow();
        this.#readSucceeded();
        return;
      } catch (error) {
        await this.#readFailed(error);
      }
    }
  }

  #process(
    shardId: string,
    batch: readonly StreamRecord[],
    done: (records: readonly StreamRecord[]) => void,
  ): Promise<void> {
    const { config, invoker, retryDelay } = this.#options;
    return processBatch(batch, {
      config,
      retryDelay,
      stopping: this.#stopping.signal,
      ready: () => this.#gate.pass(),
      invoke: (records) => {
        this.#observeAge(records);
        return invokeWithBatch(
          invoker,
          config,
          records.map((record) => record.event),
          records.map((record) => record.sequenceNumber),
        );
      },
      done,
      discard: (discarded, reason) => this.#discard({ ...discarded, shardId }, reason),
    });
  }

  /** "The age of the last record in the event", when the function gets it. */
  #observeAge(records: readonly StreamRecord[]): void {
    const { config, observe } = this.#options;
    const last = records.at(-1);
    if (!last) return;
    const ageMs = Math.max(0, Date.now() - last.writtenAt);
    observe?.('AWS/Lambda', 'IteratorAge', { FunctionName: functionName(config.functionName) }, ageMs);
  }

  async #discard(discarded: Omit<Discarded, 'functionName' | 'streamArn'>, reason: string): Promise<void> {
    const { config, stream, sendToQueue, log } = this.#options;
    const { functionName, onFailureQueueArn } = config;
    const count = discarded.records.length;
    const what = `${count} ${count === 1 ? 'record' : 'records'} of the table ${stream.source.tableName}`;
    log(`${functionName} was not given ${what} again (${discarded.condition}${reason && `: ${reason}`}).`);
    if (onFailureQueueArn === undefined) return;
    try {
      const { streamArn } = stream.source;
      await sendToDestination(sendToQueue, onFailureQueueArn, { ...discarded, functionName, streamArn });
    } catch (error) {
      // As on AWS, the stream goes on: there only a metric tells of it.
      log(`The on-failure destination ${onFailureQueueArn} of ${functionName} was not told: ${error}.`);
    }
  }

  async #readFailed(error: unknown): Promise<void> {
    const { config, stream, log } = this.#options;
    if (this.#isReading && !this.#stopping.signal.aborted) {
      log(`The stream of ${stream.source.tableName} cannot be read for ${config.functionName}: ${error}.`);
    }
    this.#isReading = false;
    await pause(readRetryMs, this.#stopping.signal);
  }

  #readSucceeded(): void {
    this.#isReading = true;
  }

  #saved(shardId: string): Position | undefined {
    const { id, stream, checkpoints } = this.#options;
    return checkpoints.positions(id, stream.source.streamArn)?.[shardId];
  }

  #save(shardId: string, position: Position): void {
    const { id, stream, checkpoints } = this.#options;
    checkpoints.set(id, stream.source.streamArn, shardId, position);
  }
}
