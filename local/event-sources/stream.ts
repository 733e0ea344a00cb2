import { ShardTail } from './shard-tail.ts';
import type { Signal } from './signal.ts';
import type { RecordSource } from './stream-record.ts';
import type { StreamsApi, WireAttributes, WireShard } from './streams-api.ts';

/** The part of the DynamoDB that mappings need to know of. */
export interface StreamsSource {
  /** URL of an engine that speaks DynamoDB Streams' protocol. */
  engineUrl: string;
  /** Calls the listener after each write, with the tables' names. Returns how to stop that. */
  onWrite(listener: (tables: readonly string[]) => void): () => void;
  /** Whether the removal of this key was the time to live's doing. */
  isTtlDelete(table: string, keys: WireAttributes): boolean;
}

/** Without a write, shards are read so often: for writes that nobody told of, as of an engine's own TTL sweeper. */
const idlePollMs = 1_000;

/** A DynamoDB stream, with what its readers share. */
export class Stream {
  readonly api: StreamsApi;
  readonly source: RecordSource;
  readonly #tails = new Map<string, ShardTail>();
  readonly #readers = new Set<Signal>();
  #idle: NodeJS.Timeout | undefined;
  #wakes = 0;

  constructor(api: StreamsApi, source: RecordSource) {
    this.api = api;
    this.source = source;
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
    const shards: WireShard[] = [];
    let after: string | undefined;
    do {
      const part = await this.api.describe(this.source.streamArn, after);
      shards.push(...part.shards);
      after = part.last;
    } while (after);
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

function lineage(shards: readonly WireShard[]): Lineage[] {
  const ids = new Set(shards.map(({ ShardId }) => ShardId));
  const parents = new Set(shards.map(({ ParentShardId }) => ParentShardId));
  return shards.map(({ ShardId: id, ParentShardId: parent }) => ({
    id,
    parent: parent && ids.has(parent) ? parent : undefined,
    isLeaf: !parents.has(id),
  }));
}
