import { setTimeout as delay } from 'node:timers/promises';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';

/** A table whose items end at the time (seconds since the epoch) in `attribute`. */
export interface ExpiringTable {
  name: string;
  attribute: string;
  keys: string[];
}

export interface TtlSweeperOptions {
  client: DynamoDBClient;
  /** Milliseconds between the end of a sweep and the next. AWS promises days; we are quicker. */
  intervalMs: number;
  onDelete(table: string): void;
  onWarning(line: string): void;
}

type Key = Record<string, AttributeValue>;

/** How long a swept key is remembered: longer than any stream consumer takes to see the record. */
const rememberedMs = 10 * 60_000;

/** DynamoDB ignores a time to live of more than five years ago ("DynamoDB TTL": formatting an item's attribute). */
const fiveYears = 5 * 365 * 24 * 3600;

/** Deletes expired items for an engine that does not, little by little. */
export class TtlSweeper {
  readonly #options: TtlSweeperOptions;
  readonly #tables = new Map<string, ExpiringTable>();
  readonly #swept = new Map<string, number>();
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TtlSweeperOptions) {
    this.#options = options;
    this.#schedule();
  }

  watch(table: ExpiringTable): void {
    this.#tables.set(table.name, table);
  }

  /** Whether the sweeper, not a caller, deleted this key: AWS marks such stream records with a `userIdentity`. */
  isTtlDelete(table: string, key: Readonly<Record<string, object>>): boolean {
    return this.#swept.has(identify(table, key));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopping.abort();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#sweepAll(), this.#options.intervalMs).unref();
  }

  async #sweepAll(): Promise<void> {
    const now = Date.now();
    for (const [id, at] of this.#swept) if (now - at > rememberedMs) this.#swept.delete(id);
    try {
      for (const table of this.#tables.values()) await this.#sweep(table);
    } catch (error) {
      if (!this.#stopping.signal.aborted) {
        this.#options.onWarning(`Expired DynamoDB items could not be deleted: ${String(error)}.`);
      }
    }
    if (!this.#stopping.signal.aborted) this.#schedule();
  }

  async #sweep(table: ExpiringTable): Promise<void> {
    const { client } = this.#options;
    const abort = { abortSignal: this.#stopping.signal };
    const seconds = Math.floor(Date.now() / 1000);
    const expired = {
      ':now': { N: String(seconds) },
      ':oldest': { N: String(seconds - fiveYears) },
    };
    let from: Key | undefined;
    do {
      const page = await client.send(
        new ScanCommand({
          TableName: table.name,
          Limit: 500,
          FilterExpression: '#ttl >= :oldest AND #ttl < :now',
          ProjectionExpression: table.keys.map((_, index) => `#key${index}`).join(', '),
          ExpressionAttributeNames: {
            '#ttl': table.attribute,
            ...Object.fromEntries(table.keys.map((name, index) => [`#key${index}`, name])),
          },
          ExpressionAttributeValues: expired,
          ...(from && { ExclusiveStartKey: from }),
        }),
        abort,
      );
      for (const key of page.Items ?? []) await this.#delete(table, key, seconds);
      from = page.LastEvaluatedKey;
      if (from) await delay(20, undefined, { signal: this.#stopping.signal });
    } while (from);
  }

  async #delete(table: ExpiringTable, key: Key, seconds: number): Promise<void> {
    const id = identify(table.name, key);
    // Before the delete: its stream record may be read before its answer is.
    this.#swept.set(id, Date.now());
    try {
      await this.#options.client.send(
        new DeleteItemCommand({
          TableName: table.name,
          Key: key,
          ConditionExpression: '#ttl < :now',
          ExpressionAttributeNames: { '#ttl': table.attribute },
          ExpressionAttributeValues: { ':now': { N: String(seconds) } },
        }),
        { abortSignal: this.#stopping.signal },
      );
      this.#options.onDelete(table.name);
    } catch (error) {
      this.#swept.delete(id);
      // Renewed or deleted since the scan read it.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

/** The same for a key as the SDK has it, with binary values in bytes, and as the wire has it, in base64. */
function identify(table: string, key: Readonly<Record<string, object>>): string {
  const attributes = Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([table, attributes], (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
}
