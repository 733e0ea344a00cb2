import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { limits } from '../contract/limits.ts';
import { Conflict, type Documents, retryOnConflict } from './documents.ts';
import { pushKeys } from './keys.ts';

const pushSubscription = z.object({
  endpoint: z.string(),
  keys: z.object({ p256dh: z.string(), auth: z.string() }),
  /** Milliseconds since the epoch. */
  addedAt: z.number().int(),
});
const row = z.object({
  subscriptions: z.array(pushSubscription),
  /** Counts writes: of two at once, one reads again. */
  version: z.number().int(),
});

/** One browser of a person: where its push service takes messages for it, and the keys that only it can open them with. */
export type PushSubscription = z.infer<typeof pushSubscription>;

/** Where people are pushed to: the newest `limits.pushSubscriptions` of each. */
export class PushSubscriptions {
  readonly #documents: Documents;
  readonly #table: string;

  constructor(documents: Documents, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /** Oldest first, read consistently. */
  async list(userId: string): Promise<PushSubscription[]> {
    return (await this.#read(userId)).subscriptions;
  }

  /** Keeps one, in the place of an earlier one with its endpoint. */
  async add(userId: string, added: Omit<PushSubscription, 'addedAt'>, now: number): Promise<void> {
    const subscription = { endpoint: added.endpoint, keys: added.keys, addedAt: now };
    await this.#change(userId, (kept) =>
      [...kept.filter(({ endpoint }) => endpoint !== added.endpoint), subscription].slice(
        -limits.pushSubscriptions,
      ),
    );
  }

  /** Forgets those with these endpoints; where there are none, nothing. */
  async remove(userId: string, endpoints: readonly string[]): Promise<void> {
    await this.#change(userId, (kept) => kept.filter(({ endpoint }) => !endpoints.includes(endpoint)));
  }

  async #read(userId: string) {
    const { Item } = await this.#documents.send(
      new GetCommand({
        TableName: this.#table,
        Key: pushKeys.subscriptions(userId),
        ConsistentRead: true,
      }),
    );
    return row.default({ subscriptions: [], version: 0 }).parse(Item);
  }

  async #change(userId: string, change: (kept: PushSubscription[]) => PushSubscription[]): Promise<void> {
    await retryOnConflict(async () => {
      const { subscriptions, version } = await this.#read(userId);
      const changed = change(subscriptions);
      if (changed.length === 0 && subscriptions.length === 0) return;
      try {
        await this.#documents.send(
          new UpdateCommand({
            TableName: this.#table,
            Key: pushKeys.subscriptions(userId),
            UpdateExpression: 'SET subscriptions = :changed, #version = :next',
            ConditionExpression: version === 0 ? 'attribute_not_exists(userId)' : '#version = :version',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: {
              ':changed': changed,
              ':next': version + 1,
              ...(version > 0 && { ':version': version }),
            },
          }),
        );
      } catch (error) {
        throw error instanceof ConditionalCheckFailedException ? new Conflict() : error;
      }
    });
  }
}
