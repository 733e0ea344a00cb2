import { setImmediate } from 'node:timers/promises';
import type { ConnectionId, Connections, ShardPage } from '#shared/storage/connections.ts';
import { shardSize } from '#shared/storage/shards.ts';
import { mostSlots } from './slots.ts';

/** Where in a shard a job begins. */
interface Start {
  room: string;
  shard: number;
  /** The connection after which this page begins, and how many the pages before it had. */
  from?: string | undefined;
  offset?: number | undefined;
}

/** What is left of an oversize shard. */
export interface Rest {
  from: string;
  offset: number;
}

/**
 * Reads a job's page of a shard, in parts that grow, each asked for as soon as the one before it is here: the first
 * has as many as are posted at once, so that posting does not wait for the whole page, which takes several times as
 * long. A later page of a shard is read in one: the sooner it is, the sooner the one after it is handed on.
 */
export class ShardReader {
  readonly #start: Start;
  readonly #connections: Connections;
  readonly #handOn: (rest: Rest) => Promise<void>;
  /** How many the whole shard has, once its last page has been read. */
  shardConnections: number | undefined;

  /** `handOn` is awaited before the last part of a page that others follow. */
  constructor(start: Start, connections: Connections, handOn: (rest: Rest) => Promise<void>) {
    this.#start = start;
    this.#connections = connections;
    this.#handOn = handOn;
  }

  async *parts(): AsyncGenerator<ConnectionId[]> {
    const { from, offset = 0 } = this.#start;
    let read = 0;
    let part = from === undefined ? mostSlots : shardSize;
    let coming = this.#read(from, part);
    for (;;) {
      const { connections, next } = await coming;
      read += connections.length;
      const last = next === undefined || read >= shardSize;
      if (next === undefined) this.shardConnections = offset + read;
      else if (last) await this.#handOn({ from: next, offset: offset + read });
      else {
        part = Math.min(2 * part, shardSize - read);
        coming = this.#read(next, part);
        // It is awaited in the next round; until then, a failure must not count as one that nobody handles.
        coming.catch(() => undefined);
        // The request leaves before the posts keep this thread busy.
        await setImmediate();
      }
      yield connections;
      if (last) return;
    }
  }

  #read(from: string | undefined, limit: number): Promise<ShardPage> {
    const { room, shard } = this.#start;
    return this.#connections.shardPage(room, shard, from, limit);
  }
}
