import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  GetCommand,
  PutCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Documents } from './documents.ts';
import { connectionKeys } from './keys.ts';

const presenceRow = z.object({
  pk: z.string(),
  online: z.boolean(),
  /** Since when (ms since the epoch). Later than the person's last change, whatever the writers' clocks say: it tells states apart. */
  at: z.number().int(),
  /** Seconds since the epoch. */
  expiresAt: z.number().int(),
});

/** Whether a person is online, as people are told. */
export interface Presence {
  userId: string;
  online: boolean;
  at: number;
  /** Milliseconds since the epoch at which the row is forgotten. */
  expiresAt: number;
}

/**
 * How long a row is believed, in ms. Of somebody offline it says no more than no row does. Of somebody online it is
 * renewed: a connection lives two hours at most, so that a row which nothing renews for a day is of a person whose last
 * connection's end got lost.
 */
export const presenceLifeMs = 24 * 3600_000;

/** Connections that are read at once, to find one that is alive. */
const connectionsPage = 10;
/** BatchGetItem's keys. */
const rowsPerRead = 100;

/** Who is online: one row for each person in the table of connections. */
export class Presences {
  readonly #documents: Documents;
  readonly #table: string;

  constructor(documents: Documents, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /** What is told of the person, read consistently. Without a row they are offline, and were for long. */
  async read(userId: string): Promise<Presence | undefined> {
    const { Item } = await this.#documents.send(
      new GetCommand({ TableName: this.#table, Key: connectionKeys.presence(userId), ConsistentRead: true }),
    );
    return toPresence(Item);
  }

  /** Whether the person has a connection that has not expired, read consistently. */
  async isConnected(userId: string, now: number): Promise<boolean> {
    const { pk, sk } = connectionKeys.connection(userId, '');
    const pages = paginateQuery(
      { client: this.#documents, pageSize: connectionsPage },
      {
        TableName: this.#table,
        KeyConditionExpression: 'pk = :user AND begins_with(sk, :connection)',
        // DynamoDB deletes expired rows within days.
        FilterExpression: 'expiresAt > :now',
        ExpressionAttributeValues: { ':user': pk, ':connection': sk, ':now': Math.floor(now / 1000) },
        ProjectionExpression: 'sk',
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) if (Items.length > 0) return true;
    return false;
  }

  /**
   * Says that the person is online, or offline, if what is told of them is still what was read.
   * @returns whether it was written
   */
  async change(userId: string, was: Presence | undefined, online: boolean, now: number): Promise<boolean> {
    return await this.#put({ userId, online, at: Math.max(now, (was?.at ?? 0) + 1) }, was, now);
  }

  /** Believes the row for another day, if it is still what was read. */
  async renew(was: Presence, now: number): Promise<void> {
    await this.#put(was, was, now);
  }

  /** Who of the people is online. Read consistently: of what changes later, whoever subscribed before is told. */
  async online(userIds: readonly string[], now: number): Promise<Set<string>> {
    const keys = userIds.map(connectionKeys.presence);
    const parts = Array.from({ length: Math.ceil(keys.length / rowsPerRead) }, (_, index) =>
      keys.slice(index * rowsPerRead, (index + 1) * rowsPerRead),
    );
    const presences = (await Promise.all(parts.map((part) => this.#readAll(part)))).flat();
    return new Set(
      presences.flatMap(({ userId, online, expiresAt }) => (online && expiresAt > now ? [userId] : [])),
    );
  }

  async #readAll(keys: Record<string, unknown>[]): Promise<Presence[]> {
    const presences: Presence[] = [];
    let unread: Record<string, unknown>[] | undefined = keys;
    while (unread?.length) {
      const { Responses, UnprocessedKeys }: BatchGetCommandOutput = await this.#documents.send(
        new BatchGetCommand({ RequestItems: { [this.#table]: { Keys: unread, ConsistentRead: true } } }),
      );
      presences.push(...(Responses?.[this.#table] ?? []).flatMap((row) => toPresence(row) ?? []));
      unread = UnprocessedKeys?.[this.#table]?.Keys;
    }
    return presences;
  }

  async #put(
    { userId, online, at }: Pick<Presence, 'userId' | 'online' | 'at'>,
    was: Presence | undefined,
    now: number,
  ): Promise<boolean> {
    // DynamoDB's TTL wants seconds since the epoch.
    const expiresAt = Math.floor((now + presenceLifeMs) / 1000);
    try {
      await this.#documents.send(
        new PutCommand({
          TableName: this.#table,
          Item: { ...connectionKeys.presence(userId), online, at, expiresAt },
          ...(was
            ? {
                ConditionExpression: '#at = :was',
                ExpressionAttributeNames: { '#at': 'at' },
                ExpressionAttributeValues: { ':was': was.at },
              }
            : { ConditionExpression: 'attribute_not_exists(pk)' }),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

/** The row as its repository reads it, or as a stream's record holds it. */
export function toPresence(row: unknown): Presence | undefined {
  const parsed = presenceRow.optional().parse(row);
  return (
    parsed && {
      userId: personOf(parsed.pk),
      online: parsed.online,
      at: parsed.at,
      expiresAt: parsed.expiresAt * 1000,
    }
  );
}

/** Whose partition it is. */
export function personOf(pk: string): string {
  return pk.slice(connectionKeys.presence('').pk.length);
}
