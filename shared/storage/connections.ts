import {
  BatchWriteCommand,
  type BatchWriteCommandOutput,
  DeleteCommand,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { type Documents, retryOnConflict, type WriteItem } from './documents.ts';
import { connectionKeys } from './keys.ts';
import { connectionLifeMs } from './shards.ts';
import { deadlinePartition, socketLifeMs } from './socket-deadline.ts';

const connectionRow = z.object({
  pk: z.string(),
  sk: z.string(),
  /** The shard of each room that the connection is subscribed to: leaving and pruning need no search. */
  rooms: z.record(z.string(), z.number().int()),
  connectedAt: z.number().int(),
});

const subscriptionRow = z.object({ sk: z.string(), userId: z.string() });

/** One socket of one person. */
export interface ConnectionId {
  userId: string;
  connectionId: string;
}

/** Part of a shard's subscriptions; `next` continues it. */
export interface ShardPage {
  connections: ConnectionId[];
  next: string | undefined;
}

/** The table of connections and subscriptions. */
export class Connections {
  readonly #documents: Documents;
  readonly #table: string;

  constructor(documents: Documents, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /** @param tokenExpiresAt until when the socket may live by its token, in ms since the epoch */
  async open(
    { userId, connectionId }: ConnectionId,
    now: number,
    tokenExpiresAt = now + socketLifeMs,
  ): Promise<void> {
    const deadline = { connectedAt: now, tokenExpiresAt };
    await this.#documents.send(
      new PutCommand({
        TableName: this.#table,
        Item: {
          ...connectionKeys.connection(userId, connectionId),
          ...deadline,
          rooms: {},
          deadlineMinute: deadlinePartition(connectionId, deadline, now),
          expiresAt: expiry(now),
        },
      }),
    );
  }

  /** The rooms that the connection is subscribed to with their shards, read consistently; undefined once it is closed. */
  async rooms({ userId, connectionId }: ConnectionId): Promise<Map<string, number> | undefined> {
    const { Item } = await this.#documents.send(
      new GetCommand({
        TableName: this.#table,
        Key: connectionKeys.connection(userId, connectionId),
        ConsistentRead: true,
      }),
    );
    const row = connectionRow.optional().parse(Item);
    return row && new Map(Object.entries(row.rooms));
  }

  /** The person's open connections, read consistently. */
  async ofUser(userId: string): Promise<ConnectionId[]> {
    const { pk, sk: prefix } = connectionKeys.connection(userId, '');
    const pages = paginateQuery(
      { client: this.#documents },
      {
        TableName: this.#table,
        // The person's presence lies beside them.
        KeyConditionExpression: 'pk = :user AND begins_with(sk, :connection)',
        ExpressionAttributeValues: { ':user': pk, ':connection': prefix },
        ProjectionExpression: 'sk',
        ConsistentRead: true,
      },
    );
    const connections: ConnectionId[] = [];
    for await (const { Items = [] } of pages) {
      for (const { sk } of z.array(z.object({ sk: z.string() })).parse(Items)) {
        connections.push({ userId, connectionId: sk.slice(prefix.length) });
      }
    }
    return connections;
  }

  /**
   * Removes the connection and its subscriptions, and returns them (room → shard). Called for a closed socket and for one
   * found gone; twice is no harm.
   */
  async close({ userId, connectionId }: ConnectionId): Promise<Record<string, number>> {
    // A subscribe under way has the row in its transaction.
    const { Attributes } = await retryOnConflict(() =>
      this.#documents.send(
        new DeleteCommand({
          TableName: this.#table,
          Key: connectionKeys.connection(userId, connectionId),
          ReturnValues: 'ALL_OLD',
        }),
      ),
    );
    const rooms = connectionRow.optional().parse(Attributes)?.rooms ?? {};
    await this.#deleteAll(
      Object.entries(rooms).map(([room, shard]) => connectionKeys.subscription(room, shard, connectionId)),
    );
    return rooms;
  }

  /** Removes a connection that was found gone by this subscription, which may be all that is left of it. */
  async prune(roomId: string, shard: number, connection: ConnectionId): Promise<void> {
    const rooms = await this.close(connection);
    if (rooms[roomId] === shard) return;
    await this.#deleteAll([connectionKeys.subscription(roomId, shard, connection.connectionId)]);
  }

  /**
   * Of a transaction: the connection takes up `rooms` (room → shard), if it is still open and has none of them: a
   * second subscription, in another shard, would be forgotten by the row and outlive its unsubscribing.
   * The first item is the connection's own row; one for each room follows, in the order of the map.
   */
  subscribe({ userId, connectionId }: ConnectionId, rooms: Map<string, number>, now: number): WriteItem[] {
    const entries = [...rooms];
    return [
      {
        Update: {
          TableName: this.#table,
          Key: connectionKeys.connection(userId, connectionId),
          UpdateExpression: `SET ${entries.map((_, i) => `rooms.#room${i} = :shard${i}`).join(', ')}`,
          ConditionExpression: [
            'attribute_exists(pk)',
            ...entries.map((_, i) => `attribute_not_exists(rooms.#room${i})`),
          ].join(' AND '),
          ExpressionAttributeNames: Object.fromEntries(entries.map(([room], i) => [`#room${i}`, room])),
          ExpressionAttributeValues: Object.fromEntries(entries.map(([, shard], i) => [`:shard${i}`, shard])),
        },
      },
      ...entries.map(([room, shard]) => ({
        Put: {
          TableName: this.#table,
          Item: {
            ...connectionKeys.subscription(room, shard, connectionId),
            userId,
            expiresAt: expiry(now),
          },
        },
      })),
    ];
  }

  /** Of a transaction: the connection gives up `rooms` (room → shard), if it still has them in those shards. At most 99. */
  unsubscribe({ userId, connectionId }: ConnectionId, rooms: Map<string, number>): WriteItem[] {
    const entries = [...rooms];
    return [
      {
        Update: {
          TableName: this.#table,
          Key: connectionKeys.connection(userId, connectionId),
          UpdateExpression: `REMOVE ${entries.map((_, i) => `rooms.#room${i}`).join(', ')}`,
          ConditionExpression: entries.map((_, i) => `rooms.#room${i} = :shard${i}`).join(' AND '),
          ExpressionAttributeNames: Object.fromEntries(entries.map(([room], i) => [`#room${i}`, room])),
          ExpressionAttributeValues: Object.fromEntries(entries.map(([, shard], i) => [`:shard${i}`, shard])),
        },
      },
      ...entries.map(([room, shard]) => ({
        Delete: { TableName: this.#table, Key: connectionKeys.subscription(room, shard, connectionId) },
      })),
    ];
  }

  /** One page of a shard's subscriptions, read consistently, by connection id from after `from`. */
  async shardPage(
    roomId: string,
    shard: number,
    from: string | undefined,
    limit: number,
  ): Promise<ShardPage> {
    const { Items, LastEvaluatedKey } = await this.#documents.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: 'pk = :shard',
        ExpressionAttributeValues: { ':shard': connectionKeys.shard(roomId, shard) },
        ProjectionExpression: 'sk, userId',
        ExclusiveStartKey: from ? connectionKeys.subscription(roomId, shard, from) : undefined,
        // One more than asked for: after exactly `limit` rows, DynamoDB does not say whether there are others.
        Limit: limit + 1,
        ConsistentRead: true,
      }),
    );
    const rows = z.array(subscriptionRow).parse(Items ?? []);
    const page = rows.slice(0, limit);
    const continues = rows.length > limit || LastEvaluatedKey !== undefined;
    return {
      connections: page.map(({ sk, userId }) => ({ connectionId: sk, userId })),
      next: continues ? page.at(-1)?.sk : undefined,
    };
  }

  /** BatchWriteItem takes 25 at a time and may leave some for another try. */
  async #deleteAll(keys: { pk: string; sk: string }[]): Promise<void> {
    for (let start = 0; start < keys.length; start += 25) {
      let unwritten: Requests = keys.slice(start, start + 25).map((Key) => ({ DeleteRequest: { Key } }));
      while (unwritten?.length) {
        const { UnprocessedItems }: BatchWriteCommandOutput = await this.#documents.send(
          new BatchWriteCommand({ RequestItems: { [this.#table]: unwritten } }),
        );
        unwritten = UnprocessedItems?.[this.#table];
      }
    }
  }
}

type Requests = NonNullable<BatchWriteCommandOutput['UnprocessedItems']>[string] | undefined;

/** DynamoDB's TTL wants seconds since the epoch. */
function expiry(now: number): number {
  return Math.floor((now + connectionLifeMs) / 1000);
}
