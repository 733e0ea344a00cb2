import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { MessageEvent } from '../contract/events.ts';
import type { Documents, WriteItem } from './documents.ts';

/** A row of the messages table. */
export const messageRow = z.object({
  roomId: z.string(),
  seq: z.number().int().positive(),
  version: z.number().int().positive(),
  /** The client's own id of the send. */
  id: z.string(),
  sender: z.string(),
  senderName: z.string(),
  text: z.string(),
  replyTo: z.number().int().positive().optional(),
  /** Milliseconds since the epoch: when it was accepted, just before it was written. */
  sentAt: z.number().int(),
  /** The room's shard count when it was sent, so that dispatch reads nothing. */
  shards: z.number().int().positive(),
});

export type Message = z.infer<typeof messageRow>;

/** The table of messages: each room's log, by seq. */
export class Messages {
  readonly #documents: Documents;
  readonly #table: string;

  constructor(documents: Documents, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /** Of a transaction: writes a message under a number that nothing was written under. */
  put(message: Message): WriteItem {
    return {
      Put: { TableName: this.#table, Item: message, ConditionExpression: 'attribute_not_exists(roomId)' },
    };
  }

  /** Up to `limit` messages of higher seq than `after`, oldest first. Consistent. */
  async after(roomId: string, after: number, limit: number): Promise<Message[]> {
    return await this.#query(roomId, 'seq > :seq', after, limit, true);
  }

  /** Up to `limit` messages of lower seq than `before` (the newest ones, if that is left out), oldest first. Consistent. */
  async before(roomId: string, before: number | undefined, limit: number): Promise<Message[]> {
    const newestFirst = await this.#query(
      roomId,
      'seq < :seq',
      before ?? Number.MAX_SAFE_INTEGER,
      limit,
      false,
    );
    return newestFirst.reverse();
  }

  async #query(roomId: string, condition: string, seq: number, limit: number, forward: boolean) {
    const { Items } = await this.#documents.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: `roomId = :room AND ${condition}`,
        ExpressionAttributeValues: { ':room': roomId, ':seq': seq },
        Limit: limit,
        ScanIndexForward: forward,
        ConsistentRead: true,
      }),
    );
    return z.array(messageRow).parse(Items ?? []);
  }
}

/** The event that tells subscribers of a new message, and history's form of it. */
export function toEvent(message: Message): MessageEvent {
  const { seq, version, id, sender, senderName, text, replyTo, sentAt } = message;
  return { type: 'message', at: sentAt, seq, version, id, sender, senderName, text, replyTo };
}
