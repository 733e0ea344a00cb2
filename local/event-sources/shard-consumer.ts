import { createHash } from 'node:crypto';
import type { Draw } from '#local/aws-timing.ts';
import { type Position, shardEnd } from './checkpoints.ts';
import { takeBatch } from './payload.ts';
import type { StreamMappingConfig } from './properties.ts';
import type { ShardTail } from './shard-tail.ts';
import { Signal } from './signal.ts';
import type { StreamRecord } from './stream-record.ts';

export interface ShardConsumerOptions {
  config: StreamMappingConfig;
  tail: ShardTail;
  /** Read from behind this. */
  position: Position;
  /** Whether what is read gathers instead of being handed on: a wake of the stream follows when that is over. */
  isPaused(): boolean;
  /** Handles a batch to its end; tells of records that need no more through `done`, in order. */
  process(batch: readonly StreamRecord[], done: (records: readonly StreamRecord[]) => void): Promise<void>;
  /** Everything up to here needs no more. */
  checkpoint(position: Position): void;
  /** Resolves when reading may be tried again. */
  readFailed(error: unknown): Promise<void>;
  readSucceeded(): void;
  stopping: AbortSignal;
  /** How long a record is on its way to the function: what comes behind it meanwhile goes with it. */
  hopMs: Draw | undefined;
}

/** A read record that is not yet checkpointed. */
interface Pending {
  sequenceNumber: string;
  isDone: boolean;
}

/** Records of one item always take the same lane, and a lane has one batch under way. */
interface Lane {
  queue: StreamRecord[];
  isBusy: boolean;
  /** When the first in the queue came, in ms. */
  since: number;
  /** Since when it may go, in ms. */
  arrivesAt: number;
}

/**
 * Lambda reads each shard four times a second ("Using AWS Lambda with Amazon DynamoDB"). Here a shard is read as soon as
 * something was written, so that a lone record never waits; but the more of them came together, the longer the next read
 * waits, up to Lambda's own pace. A hot shard's batches are then as full as they would be there.
 */
const slowestPaceMs = 250;
const paceMsPerRecord = 25;

/**
 * One mapping's way through one shard. While a batch is under way nothing is read, so what piles up meanwhile goes
 * into the next one. With a ParallelizationFactor there are so many lanes, and order is kept for each item.
 */
export class ShardConsumer {
  /** Something to look at: a wake of the stream, or the end of a batch. */
  readonly signal = new Signal();
  readonly #options: ShardConsumerOptions;
  readonly #lanes: Lane[];
  readonly #pending: Pending[] = [];
  readonly #bySequence = new Map<string, Pending>();
  readonly #underWay = new Set<Promise<void>>();
  /** How many records may be read ahead of the oldest that is not done. */
  readonly #room: number;
  #position: Position;
  #ended = false;
  /** On `performance`'s clock: not to be read again before. */
  #nextReadAt = 0;
  #wasPaused = false;

  constructor(options: ShardConsumerOptions) {
    const { batchSize, parallelization } = options.config;
    this.#options = options;
    this.#position = options.position;
    this.#lanes = Array.from({ length: parallelization }, () => ({
      queue: [],
      isBusy: false,
      since: 0,
      arrivesAt: 0,
    }));
    this.#room = Math.max(1_000, 2 * batchSize * parallelization);
  }

  /** Resolves to true at the end of a closed shard, and to false when stopped; batches under way end first. */
  async run(): Promise<boolean> {
    const { stopping } = this.#options;
    const stop = () => this.signal.notify();
    stopping.addEventListener('abort', stop, { once: true });
    while (!stopping.aborted) {
      const seen = this.signal.count;
      const isPaused = this.#options.isPaused();
      const isHungry = this.#isHungry() && !this.#ended;
      const readInMs = this.#nextReadAt - performance.now();
      // A pause ends with a read, so that what has gathered is all there.
      if (isHungry && (readInMs <= 0 || this.#wasPaused)) await this.#read();
      if (stopping.aborted) break;
      this.#wasPaused = isPaused;
      const dueInMs = isPaused ? undefined : this.#startBatches();
      if (this.#ended && this.#pending.length === 0) break;
      const waits = [dueInMs, isHungry && readInMs > 0 ? readInMs : undefined].filter(
        (ms) => ms !== undefined,
      );
      await this.signal.after(seen, waits.length > 0 ? Math.min(...waits) : undefined);
    }
    stopping.removeEventListener('abort', stop);
    await Promise.all(this.#underWay);
    if (!this.#ended || this.#pending.length > 0) return false;
    this.#options.checkpoint(shardEnd);
    return true;
  }

  #isHungry(): boolean {
    const { batchSize } = this.#options.config;
    const wanting = this.#lanes.some((lane) => !lane.isBusy && lane.queue.length < batchSize);
    return wanting && this.#pending.length < this.#room;
  }

  async #read(): Promise<void> {
    try {
      const limit = this.#room - this.#pending.length;
      const { records, ended } = await this.#options.tail.read(this.#position, limit);
      this.#options.readSucceeded();
      for (const record of records) this.#take(record);
      if (records.length > 0) {
        this.#advance();
        const paceMs = Math.min(slowestPaceMs, paceMsPerRecord * (records.length - 1));
        this.#nextReadAt = performance.now() + paceMs;
        // There may be more.
        this.signal.notify();
      }
      this.#ended = ended;
    } catch (error) {
      if (this.#options.stopping.aborted) return;
      await this.#options.readFailed(error);
      this.signal.notify();
    }
  }

  #take(record: StreamRecord): void {
    const { sequenceNumber } = record;
    const isDone = !this.#options.config.matches(record.event);
    const pending = { sequenceNumber, isDone };
    this.#position = sequenceNumber;
    this.#pending.push(pending);
    if (isDone) return;
    this.#bySequence.set(sequenceNumber, pending);
    const lane = this.#lanes[laneOf(record, this.#lanes.length)];
    if (lane?.queue.length === 0) {
      lane.since = Date.now();
      lane.arrivesAt = lane.since + (this.#options.hopMs?.() ?? 0);
    }
    lane?.queue.push(record);
  }

  /** Starts what can be started. Returns the milliseconds until the next batching window ends, if one is open. */
  #startBatches(): number | undefined {
    const { batchSize, windowMs } = this.#options.config;
    let dueInMs: number | undefined;
    for (const lane of this.#lanes) {
      if (lane.isBusy || lane.queue.length === 0) continue;
      const onItsWayMs = lane.arrivesAt - Date.now();
      if (onItsWayMs > 0) {
        dueInMs = Math.min(dueInMs ?? onItsWayMs, onItsWayMs);
        continue;
      }
      const batch = takeBatch(lane.queue, batchSize);
      const waitMs = lane.since + windowMs - Date.now();
      if (waitMs > 0 && batch.length === lane.queue.length && batch.length < batchSize) {
        dueInMs = Math.min(dueInMs ?? waitMs, waitMs);
        continue;
      }
      lane.queue.splice(0, batch.length);
      this.#start(lane, batch);
    }
    return dueInMs;
  }

  #start(lane: Lane, batch: readonly StreamRecord[]): void {
    lane.isBusy = true;
    const underWay = this.#options
      .process(batch, (records) => this.#done(records))
      .finally(() => {
        lane.isBusy = false;
        this.#underWay.delete(underWay);
        this.signal.notify();
      });
    this.#underWay.add(underWay);
  }

  #done(records: readonly StreamRecord[]): void {
    for (const { sequenceNumber } of records) {
      const pending = this.#bySequence.get(sequenceNumber);
      if (pending) pending.isDone = true;
      this.#bySequence.delete(sequenceNumber);
    }
    this.#advance();
  }

  /** Checkpoints up to the oldest record that is not done: a restart may replay what other lanes did behind it. */
  #advance(): void {
    const open = this.#pending.findIndex((pending) => !pending.isDone);
    const done = this.#pending.splice(0, open === -1 ? this.#pending.length : open);
    const last = done.at(-1);
    if (last) this.#options.checkpoint(last.sequenceNumber);
  }
}

/**
 * By the item, that is by partition and sort key: what Lambda promises with a ParallelizationFactor is "in-order
 * processing at the item (partition and sort key) level" ("Using AWS Lambda with Amazon DynamoDB").
 */
function laneOf(record: StreamRecord, lanes: number): number {
  return lanes === 1 ? 0 : createHash('sha256').update(record.item).digest().readUInt32BE() % lanes;
}
