import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/** A place in a shard: the sequence number of the last record that is done, or one of the two ends. */
export type Position = string;
/** Before a shard's oldest record. */
export const trimHorizon: Position = 'TRIM_HORIZON';
/** Behind the last record of a shard that will get no more. */
export const shardEnd: Position = 'SHARD_END';

/** A mapping's positions count for one stream: a table made anew has another, whose numbers begin again. */
const schema = z.record(
  z.string(),
  z.object({ streamArn: z.string(), shards: z.record(z.string(), z.string()) }),
);

const delayMs = 250;

/**
 * How far each mapping has come, kept in a file so that a restart resumes there. Written at most every 250 ms: what
 * a killed process had done since then is done again, as streams are delivered at least once.
 */
export class Checkpoints {
  readonly #file: string;
  readonly #mappings: z.output<typeof schema>;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Reads `file`, where there is one. Throws when it is no file of checkpoints. */
  constructor(file: string) {
    this.#file = file;
    this.#mappings = schema.parse(read(file));
  }

  /** By shard id; undefined for a mapping that has not yet read this stream. */
  positions(mapping: string, streamArn: string): Readonly<Record<string, Position>> | undefined {
    const kept = this.#mappings[mapping];
    return kept?.streamArn === streamArn ? kept.shards : undefined;
  }

  set(mapping: string, streamArn: string, shardId: string, position: Position): void {
    if (this.#closed) return;
    const shards = this.positions(mapping, streamArn);
    this.#mappings[mapping] = { streamArn, shards: { ...shards, [shardId]: position } };
    this.#timer ??= setTimeout(() => this.#write(), delayMs);
  }

  /** Forgets the shards that the stream no longer has. */
  keepOnly(mapping: string, streamArn: string, shardIds: readonly string[]): void {
    const shards = this.positions(mapping, streamArn);
    if (!shards) return;
    const kept = Object.entries(shards).filter(([id]) => shardIds.includes(id));
    this.#mappings[mapping] = { streamArn, shards: Object.fromEntries(kept) };
  }

  /** Writes what is not yet written; nothing is kept from then on. */
  close(): void {
    if (this.#timer) this.#write();
    this.#closed = true;
  }

  /** A rename, so that the file is whole at any moment. */
  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#mappings));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}
