import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Documents } from './documents.ts';
import { pushKeys } from './keys.ts';

const row = z.object({
  /** Names of the endpoints that were pushed to. */
  pushed: z.set(z.string()).default(new Set()),
});

/** A message and a person. */
export interface Telling {
  room: string;
  seq: number;
  userId: string;
}

/** How long a worker may take to push to one person, in ms, before another may think that it has died. */
export const leaseMs = 60_000;
/** How long a row is kept, in ms: longer than a message is news (services/notify). */
const keptMs = 48 * 3600_000;

/**
 * Who was told of what, so that a message that comes twice through the queue tells nobody twice. A row is a lease:
 * whoever is to tell somebody takes it before, and settles it after. A worker that dies in between leaves a lease that
 * ends by itself, before the queue offers its message again: at worst somebody is told late, or twice, and never not at all.
 */
export class Notified {
  readonly #documents: Documents;
  readonly #table: string;

  constructor(documents: Documents, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /**
   * Takes the lease.
   * @returns whether an endpoint has been pushed to before; undefined where somebody else has the lease, or all is done
   */
  async claim(telling: Telling, now: number): Promise<((endpoint: string) => boolean) | undefined> {
    try {
      const { Attributes } = await this.#documents.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: keyOf(telling),
          UpdateExpression: 'SET leasedUntil = :end, expiresAt = :expiry',
          ConditionExpression: 'attribute_not_exists(userId) OR leasedUntil <= :now',
          ExpressionAttributeValues: {
            ':end': now + leaseMs,
            ':now': now,
            ':expiry': Math.floor((now + keptMs) / 1000),
          },
          ReturnValues: 'ALL_NEW',
        }),
      );
      const { pushed } = row.parse(Attributes);
      return (endpoint) => pushed.has(nameOf(endpoint));
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  /** Notes to which endpoints it was pushed. Unless all is done, the next one may take the lease at once. */
  async settle(telling: Telling, pushed: readonly string[], done: boolean, now: number): Promise<void> {
    await this.#documents.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: keyOf(telling),
        UpdateExpression: `SET leasedUntil = :end${pushed.length > 0 ? ' ADD pushed :pushed' : ''}`,
        ExpressionAttributeValues: {
          ':end': done ? now + keptMs : 0,
          ...(pushed.length > 0 && { ':pushed': new Set(pushed.map(nameOf)) }),
        },
      }),
    );
  }
}

function keyOf({ room, seq, userId }: Telling): { userId: string } {
  return pushKeys.notified(room, seq, userId);
}

/** Endpoints are long, and whoever has one may push: the row has need of neither. */
function nameOf(endpoint: string): string {
  return createHash('sha256').update(endpoint).digest('base64url').slice(0, 22);
}
