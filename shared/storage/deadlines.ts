import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { ConnectionId } from './connections.ts';
import { Conflict, type Documents, retryOnConflict } from './documents.ts';
import { connectionKeys, connectionsByDeadline } from './keys.ts';
import { connectionLifeMs } from './shards.ts';
import { deadlinePartition, minuteOf, type SocketDeadline } from './socket-deadline.ts';

const deadline = z.object({
  connectedAt: z.number().int(),
  tokenExpiresAt: z.number().int(),
  askedToMove: z.boolean().optional(),
});
const connectionRow = deadline.extend({ deadlineMinute: z.string() });
const indexRow = deadline.extend({ pk: z.string(), sk: z.string() });
const sweepRow = z.object({ minute: z.number().int() });
const cursor = z.record(z.string(), z.string()).optional();

/** A connection that the index has under some minute. */
export interface DueConnection extends ConnectionId, SocketDeadline {}

/** Part of the connections under one minute; `next` continues it. */
interface DuePage {
  connections: DueConnection[];
  next: Record<string, string> | undefined;
}

/** The index of connections by the minute in which something is due, and how far it has been dealt with. */
export class Deadlines {
  readonly #documents: Documents;
  readonly #table: string;

  constructor(documents: Documents, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /**
   * The socket may live as long as this token (ms since the epoch). One that ends before the socket's own changes nothing.
   * @returns until when the socket may live by its token now; undefined where the connection is closed
   */
  async renew(connection: ConnectionId, tokenExpiresAt: number, now: number): Promise<number | undefined> {
    const row = await this.#change(connection, now, (read) =>
      read.tokenExpiresAt < tokenExpiresAt ? { ...read, tokenExpiresAt } : undefined,
    );
    return row?.tokenExpiresAt;
  }

  /** Remembers that the socket was asked to move, so that it is asked once. */
  async asked(connection: ConnectionId, now: number): Promise<void> {
    await this.#change(connection, now, (read) => ({ ...read, askedToMove: true }));
  }

  /** Puts the connection under the minute that its row speaks of, should the index have it under an earlier one. */
  async postpone(connection: ConnectionId, now: number): Promise<void> {
    await this.#change(connection, now, (read) => read);
  }

  /** Part of the connections under a minute, of one shard, from after `from`. The index is a moment late at times. */
  async page(minute: number, shard: number, from: DuePage['next'], limit: number): Promise<DuePage> {
    const { Items, LastEvaluatedKey } = await this.#documents.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: connectionsByDeadline,
        KeyConditionExpression: 'deadlineMinute = :minute',
        ExpressionAttributeValues: { ':minute': connectionKeys.deadline(minute, shard) },
        ExclusiveStartKey: from,
        Limit: limit,
      }),
    );
    const rows = z.array(indexRow).parse(Items ?? []);
    return {
      connections: rows.map(({ pk, sk, ...row }) => ({ ...connectionKeys.connectionOf(pk, sk), ...row })),
      next: cursor.parse(LastEvaluatedKey),
    };
  }

  /** The first minute under which there may be something, as far as is remembered: no row lives longer than its socket. */
  async firstOpen(now: number): Promise<number> {
    const { Item } = await this.#documents.send(
      new GetCommand({ TableName: this.#table, Key: connectionKeys.sweep, ConsistentRead: true }),
    );
    const over = sweepRow.optional().parse(Item)?.minute ?? 0;
    return Math.max(over + 1, minuteOf(now - connectionLifeMs));
  }

  /** Remembers that there is nothing under `minute` or an earlier one, and will not be. */
  async close(minute: number): Promise<void> {
    await this.#documents.send(
      new PutCommand({ TableName: this.#table, Item: { ...connectionKeys.sweep, minute } }),
    );
  }

  /** On the condition that nobody else changes it: a renewal and the sweeper may meet. @returns the row as it is then */
  async #change(
    { userId, connectionId }: ConnectionId,
    now: number,
    change: (read: SocketDeadline) => SocketDeadline | undefined,
  ): Promise<SocketDeadline | undefined> {
    const Key = connectionKeys.connection(userId, connectionId);
    return await retryOnConflict(async () => {
      const { Item } = await this.#documents.send(
        new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }),
      );
      const read = connectionRow.optional().parse(Item);
      const changed = read && change(read);
      if (!changed) return read;
      const update = new UpdateCommand({
        TableName: this.#table,
        Key,
        UpdateExpression: 'SET deadlineMinute = :minute, tokenExpiresAt = :expires, askedToMove = :asked',
        ConditionExpression: 'deadlineMinute = :was AND tokenExpiresAt = :expired',
        ExpressionAttributeValues: {
          ':minute': deadlinePartition(connectionId, changed, now),
          ':expires': changed.tokenExpiresAt,
          ':asked': changed.askedToMove ?? false,
          ':was': read.deadlineMinute,
          ':expired': read.tokenExpiresAt,
        },
      });
      await this.#documents.send(update).catch((error: unknown) => {
        throw error instanceof ConditionalCheckFailedException ? new Conflict() : error;
      });
      return changed;
    });
  }
}
