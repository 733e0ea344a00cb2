import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { limits } from '../contract/limits.ts';
import {
  ConditionFailed,
  Conflict,
  type Documents,
  retryOnConflict,
  transact,
  type WriteItem,
} from './documents.ts';
import { roomKeys, webhookPrefix } from './keys.ts';

const webhookRow = z.object({
  roomId: z.string(),
  id: z.string(),
  url: z.string(),
  /** What its posts are signed with. */
  secret: z.string(),
  createdBy: z.string(),
  createdAt: z.number().int(),
  /** Messages that it did not take, one after the other. */
  failures: z.number().int().min(0).default(0),
  disabledAt: z.number().int().optional(),
});

export type Webhook = z.infer<typeof webhookRow>;

/**
 * The webhooks of rooms, rows of the rooms table. The room's own row counts those that are told of messages
 * (`webhooks`), since a send reads it anyway, and all of them (`webhookRows`), since there are only so many.
 */
export class Webhooks {
  readonly #documents: Documents;
  readonly #table: string;

  constructor(documents: Documents, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /** Returns false where the room has `limits.webhooks` already, however many are added at once. */
  async add(webhook: Pick<Webhook, 'roomId' | 'id' | 'url' | 'secret' | 'createdBy' | 'createdAt'>) {
    const { roomId, id } = webhook;
    const put: WriteItem = {
      Put: {
        TableName: this.#table,
        Item: { ...roomKeys.webhook(roomId, id), ...webhook, failures: 0 },
        ConditionExpression: 'attribute_not_exists(roomId)',
      },
    };
    return await this.#write([put, this.#count(roomId, { enabled: 1, rows: 1 })]);
  }

  /** All of a room's, by id. Consistent. */
  async list(roomId: string): Promise<Webhook[]> {
    const { Items } = await this.#documents.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: 'roomId = :room AND begins_with(#item, :prefix)',
        ExpressionAttributeNames: { '#item': 'item' },
        ExpressionAttributeValues: { ':room': roomId, ':prefix': webhookPrefix },
        ConsistentRead: true,
      }),
    );
    return z.array(webhookRow).parse(Items);
  }

  async read(roomId: string, id: string): Promise<Webhook | undefined> {
    const { Item } = await this.#documents.send(
      new GetCommand({ TableName: this.#table, Key: roomKeys.webhook(roomId, id), ConsistentRead: true }),
    );
    return webhookRow.optional().parse(Item);
  }

  /** Again is no error. */
  async remove(roomId: string, id: string): Promise<void> {
    await retryOnConflict(async () => {
      const webhook = await this.read(roomId, id);
      if (!webhook) return;
      const isEnabled = webhook.disabledAt === undefined;
      const remove: WriteItem = {
        Delete: {
          TableName: this.#table,
          Key: roomKeys.webhook(roomId, id),
          ConditionExpression: isEnabled ? enabled : disabled,
        },
      };
      const written = await this.#write([
        remove,
        this.#count(roomId, { enabled: isEnabled ? -1 : 0, rows: -1 }),
      ]);
      // It was disabled, enabled or removed since it was read.
      if (!written) throw new Conflict();
    });
  }

  /** Takes up one that was disabled. Again, as for one that never was, it does nothing. */
  async enable(roomId: string, id: string): Promise<void> {
    const enable = this.#update(roomId, id, 'SET failures = :zero REMOVE disabledAt', disabled, {
      ':zero': 0,
    });
    await this.#write([enable, this.#count(roomId, { enabled: 1 })]);
  }

  /** Returns whether it was this call that disabled it. */
  async disable(roomId: string, id: string, now: number): Promise<boolean> {
    const disable = this.#update(roomId, id, 'SET disabledAt = :now', enabled, { ':now': now });
    return await this.#write([disable, this.#count(roomId, { enabled: -1 })]);
  }

  /** It took a message: what failed before counts no more. */
  async succeeded({ roomId, id, failures }: Webhook): Promise<void> {
    if (failures === 0) return;
    await this.#change(roomId, id, 'SET failures = :zero', { ':zero': 0 });
  }

  /**
   * It did not take a message, through every try. After `limits.webhookFailures` of them it is disabled.
   * Returns whether it was this call that disabled it.
   */
  async failed(roomId: string, id: string, now: number): Promise<boolean> {
    const after = await this.#change(roomId, id, 'ADD failures :one', { ':one': 1 });
    if (!after || after.failures < limits.webhookFailures) return false;
    return await this.disable(roomId, id, now);
  }

  /** Returns the row as it is then; nothing where there is none, or it is disabled. */
  async #change(
    roomId: string,
    id: string,
    expression: string,
    values: Record<string, number>,
  ): Promise<Webhook | undefined> {
    const { Update } = this.#update(roomId, id, expression, enabled, values);
    try {
      const { Attributes } = await retryOnConflict(() =>
        this.#documents.send(new UpdateCommand({ ...Update, ReturnValues: 'ALL_NEW' })),
      );
      return webhookRow.parse(Attributes);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  #update(roomId: string, id: string, expression: string, condition: string, values: Record<string, number>) {
    return {
      Update: {
        TableName: this.#table,
        Key: roomKeys.webhook(roomId, id),
        UpdateExpression: expression,
        ConditionExpression: condition,
        ExpressionAttributeValues: values,
      },
    };
  }

  #count(roomId: string, { enabled = 0, rows = 0 }: { enabled?: number; rows?: number }): WriteItem {
    const room = 'attribute_exists(roomId)';
    return {
      Update: {
        TableName: this.#table,
        Key: roomKeys.room(roomId),
        UpdateExpression: 'ADD webhooks :enabled, webhookRows :rows',
        ConditionExpression:
          rows > 0 ? `${room} AND (attribute_not_exists(webhookRows) OR webhookRows < :most)` : room,
        ExpressionAttributeValues: {
          ':enabled': enabled,
          ':rows': rows,
          ...(rows > 0 && { ':most': limits.webhooks }),
        },
      },
    };
  }

  /** Returns false where a condition does not hold. */
  async #write(items: WriteItem[]): Promise<boolean> {
    try {
      await retryOnConflict(() => transact(this.#documents, items));
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed) return false;
      throw error;
    }
  }
}

const enabled = 'attribute_exists(roomId) AND attribute_not_exists(disabledAt)';
const disabled = 'attribute_exists(disabledAt)';
