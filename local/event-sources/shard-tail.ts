import { type Position, trimHorizon } from './checkpoints.ts';
import type { Stream } from './stream.ts';
import { compareSequence, type StreamRecord, toStreamRecord } from './stream-record.ts';
import { type StreamPage, StreamsError } from './streams-api.ts';

export interface Page {
  records: readonly StreamRecord[];
  /** There is nothing behind these, and never will be: the shard is closed. */
  ended: boolean;
}

/** What GetRecords returns at most; and a part of the megabyte at which it ends sooner. A smaller page is the last one. */
const pageSize = 1_000;
const pageBytes = 512 * 1024;
/** The newest records are kept for the readers that are a little behind; who is further behind reads by itself. */
const windowRecords = 2_000;
const windowBytes = 16 * 1024 * 1024;

/** The newest end of one shard: read once from the engine, however many mappings follow it. */
export class ShardTail {
  readonly #stream: Stream;
  readonly #shardId: string;
  /** Everything between `#start` and `#end`, as far as it was read. */
  readonly #window: StreamRecord[] = [];
  #windowBytes = 0;
  #start: Position | undefined;
  #end: Position = trimHorizon;
  #iterator: string | undefined;
  #ended = false;
  /** The stream's count of wakes when the last read began that came to the end. */
  #exhaustedAt = -1;
  #fetching: { wakes: number; done: Promise<void> } | undefined;

  constructor(stream: Stream, shardId: string) {
    this.#stream = stream;
    this.#shardId = shardId;
  }

  /** Up to `limit` records behind `after`, at once; none where the stream was not woken since they were last sought. */
  async read(after: Position, limit: number): Promise<Page> {
    this.#begin(after);
    if (compare(after, this.#start ?? trimHorizon) < 0) {
      const page = await this.#query('AFTER_SEQUENCE_NUMBER', after, Math.min(limit, pageSize));
      // For a number that it does not have, dynoxide begins with the oldest record.
      const records = page.filter((record) => compare(record.sequenceNumber, after) > 0);
      // None: the records between were trimmed, so the window is next.
      if (records.length > 0) return { records, ended: false };
    }
    let records = this.#behind(after);
    if (records.length < limit && !this.#ended && this.#exhaustedAt < this.#stream.wakes) {
      await this.#fetch();
      records = this.#behind(after);
    }
    return { records: records.slice(0, limit), ended: this.#ended && records.length <= limit };
  }

  /** Where the shard ends now: what is written from now on lies behind. */
  async latest(): Promise<Position> {
    this.#begin(trimHorizon);
    for (;;) {
      const before = this.#end;
      await this.#fetch();
      if (this.#end === before) return before;
    }
  }

  /**
   * Whether reading can go on behind `checkpoint`. That is so while the stream still has this record, or has only newer
   * ones; else the numbers are of another stream.
   */
  async resume(checkpoint: Position): Promise<Position | undefined> {
    if (checkpoint === trimHorizon) return checkpoint;
    if (await this.#has(checkpoint)) return checkpoint;
    const [oldest] = await this.#query('TRIM_HORIZON', trimHorizon, 1);
    return !oldest || compare(oldest.sequenceNumber, checkpoint) > 0 ? trimHorizon : undefined;
  }

  async #has(sequenceNumber: string): Promise<boolean> {
    try {
      const [found] = await this.#query('AT_SEQUENCE_NUMBER', sequenceNumber, 1);
      return found?.sequenceNumber === sequenceNumber;
    } catch (error) {
      // Engines refuse a number that they do not have: AWS as trimmed or invalid, DynamoDB Local with a 500.
      if (error instanceof StreamsError) return false;
      throw error;
    }
  }

  #begin(position: Position): void {
    if (this.#start !== undefined) return;
    this.#start = position;
    this.#end = position;
  }

  #behind(after: Position): StreamRecord[] {
    const first = this.#window.findLastIndex((record) => compare(record.sequenceNumber, after) <= 0) + 1;
    return this.#window.slice(first);
  }

  /** One read from the engine for all who ask at the same moment. */
  #fetch(): Promise<void> {
    const wakes = this.#stream.wakes;
    // A read that began before the last write may miss it.
    if (this.#fetching && this.#fetching.wakes >= wakes) return this.#fetching.done;
    const fetch = () => this.#getRecords(wakes);
    const done = this.#fetching ? this.#fetching.done.then(fetch, fetch) : fetch();
    const fetching = { wakes, done };
    this.#fetching = fetching;
    const clear = () => {
      if (this.#fetching === fetching) this.#fetching = undefined;
    };
    done.then(clear, clear);
    return done;
  }

  async #getRecords(wakes: number): Promise<void> {
    if (this.#ended) return;
    const page = await this.#nextPage();
    this.#iterator = page.NextShardIterator ?? undefined;
    this.#ended = this.#iterator === undefined;
    const records = page.Records.map((record) => toStreamRecord(record, this.#stream.source)).filter(
      (record) => compare(record.sequenceNumber, this.#end) > 0,
    );
    const last = records.at(-1);
    if (last) this.#end = last.sequenceNumber;
    const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
    if (page.Records.length < pageSize && bytes < pageBytes) this.#exhaustedAt = wakes;
    this.#window.push(...records);
    for (const record of records) this.#windowBytes += record.bytes;
    while (this.#window.length > windowRecords || this.#windowBytes > windowBytes) {
      const dropped = this.#window.shift();
      if (!dropped) break;
      this.#windowBytes -= dropped.bytes;
      this.#start = dropped.sequenceNumber;
    }
  }

  async #nextPage(): Promise<StreamPage> {
    const iterator = this.#iterator ?? (await this.#iteratorAt('AFTER_SEQUENCE_NUMBER', this.#end));
    // Whatever goes wrong, the next try begins with a new iterator: this one may have expired, as after a nap.
    this.#iterator = undefined;
    return await this.#stream.api.records(iterator, pageSize);
  }

  /** A read that leaves the window as it is. */
  async #query(type: IteratorType, position: Position, limit: number): Promise<StreamRecord[]> {
    const { Records } = await this.#stream.api.records(await this.#iteratorAt(type, position), limit);
    return Records.map((record) => toStreamRecord(record, this.#stream.source));
  }

  async #iteratorAt(type: IteratorType, position: Position): Promise<string> {
    const { api, source } = this.#stream;
    const shard = { StreamArn: source.streamArn, ShardId: this.#shardId };
    if (position === trimHorizon) return await api.iterator({ ...shard, ShardIteratorType: 'TRIM_HORIZON' });
    try {
      return await api.iterator({ ...shard, ShardIteratorType: type, SequenceNumber: position });
    } catch (error) {
      // After more than a day of sleep, what was read last is gone, and so is what followed it for a while.
      const isTrimmed = error instanceof StreamsError && error.name === 'TrimmedDataAccessException';
      if (!isTrimmed || type !== 'AFTER_SEQUENCE_NUMBER') throw error;
      return this.#iteratorAt('TRIM_HORIZON', trimHorizon);
    }
  }
}

type IteratorType = 'TRIM_HORIZON' | 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER';

function compare(a: Position, b: Position): number {
  if (a === trimHorizon || b === trimHorizon) return Number(b === trimHorizon) - Number(a === trimHorizon);
  return compareSequence(a, b);
}
