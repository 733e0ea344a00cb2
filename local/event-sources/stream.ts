import {
  type AttributeValue,
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import { ShardTail } from './shard-tail.ts';
import type { Signal } from './signal.ts';
import type { RecordSource } from './stream-record.ts';

/** The part of the DynamoDB that mappings need to know of. */
export interface StreamsSource {
  /** URL of an engine that speaks DynamoDB Streams' protocol. */
  engineUrl: string;
  /** Calls the listener after each write, with the tables' names. Returns how to stop that. */
  onWrite(listener: (tables: readonly string[]) => void): () => void;
  /** Whether the removal of this key was the time to live's doing. */
  isTtlDelete(table: string, keys: Record<string, AttributeValue>): boolean;
}

/** Without a write, shards are read so often: for writes that nobody told of, as of an engine's own TTL sweeper. */
const idlePollMs = 1_000;

/** A DynamoDB stream, with what its readers share. */
export class Stream {
  readonly client: DynamoDBStreamsClient;
  readonly source: RecordSource;
  /** Options of each call. */
  readonly call: { abortSignal: AbortSignal };
  readonly #tails = new Map<string, ShardTail>();
  readonly #readers = new Set<Signal>();
  #idle: NodeJS.Timeout | undefined;
  #wakes = 0;

  constructor(client: DynamoDBStreamsClient, source: RecordSource, stopping: AbortSignal) {
    this.client = client;
    this.source = source;
    this.call = { abortSignal: stopping };
  }

  /** How often there may have been something new. */
  get wakes(): number {
    return this.#wakes;
  }

  /** There may be something new. */
  wake(): void {
    this.#wakes++;
    this.#idle?.refresh();
    for (const reader of this.#readers) reader.notify();
  }

  /** Notifies `reader` of each wake. Returns how to stop that. */
  follow(reader: Signal): () => void {
    this.#readers.add(reader);
    this.#idle ??= setInterval(() => this.wake(), idlePollMs);
    return () => {
      this.#readers.delete(reader);
      if (this.#readers.size > 0) return;
      clearInterval(this.#idle);
      this.#idle = undefined;
    };
  }

  tail(shardId: string): ShardTail {
    const tail = this.#tails.get(shardId) ?? new ShardTail(this, shardId);
    this.#tails.set(shardId, tail);
    return tail;
  }

  /** All shards that the stream still has, closed ones too. */
  async shards(): Promise<Lineage[]> {
    const shards: Shard[] = [];
    let ExclusiveStartShardId: string | undefined;
    do {
      const { StreamDescription } = await this.client.send(
        new DescribeStreamCommand({ StreamArn: this.source.streamArn, ExclusiveStartShardId }),
        this.call,
      );
      shards.push(...(StreamDescription?.Shards ?? []));
      ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId;
    } while (ExclusiveStartShardId);
    return lineage(shards);
  }
}

/** A shard among the others. */
export interface Lineage {
  id: string;
  /** The shard that comes before it; undefined where there is none, or it was trimmed. */
  parent: string | undefined;
  /** No shard comes behind it. `EndingSequenceNumber` would say so on AWS, but dynoxide sets it on open shards. */
  isLeaf: boolean;
}

function lineage(shards: readonly Shard[]): Lineage[] {
  const ids = new Set(shards.map((shard) => shard.ShardId));
  const parents = new Set(shards.map((shard) => shard.ParentShardId));
  return shards.flatMap(({ ShardId: id, ParentShardId: parent }) =>
    id === undefined ? [] : [{ id, parent: ids.has(parent) ? parent : undefined, isLeaf: !parents.has(id) }],
  );
}
