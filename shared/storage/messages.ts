import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { attachment } from '../contract/attachments.ts';
import type { MessageEvent } from '../contract/events.ts';
import { Conflict, type Documents, type WriteItem } from './documents.ts';
import { messagesByChange } from './keys.ts';

/** A row of the messages table. */
export const messageRow = z.object({
  roomId: z.string(),
  seq: z.number().int().positive(),
  /** 1 when sent; each change adds one. */
  version: z.number().int().positive(),
  /** The client's own id of the send. */
  id: z.string(),
  sender: z.string(),
  senderName: z.string(),
  text: z.string(),
  replyTo: z.number().int().positive().optional(),
  attachments: z.array(attachment).optional(),
  /** User ids, each once. */
  mentions: z.array(z.string()).optional(),
  /** In the order of the first reaction with each emoji; the users in the order in which they reacted. */
  reactions: z.array(z.object({ emoji: z.string(), users: z.array(z.string()) })).optional(),
  /** Milliseconds since the epoch: when it was accepted, just before it was written. */
  sentAt: z.number().int(),
  /** When it was last edited, deleted or reacted to. Only then is it in the index by change. */
  changedAt: z.number().int().optional(),
  editedAt: z.number().int().optional(),
  deletedAt: z.number().int().optional(),
  deletedBy: z.string().optional(),
  /** Of a deleted message: the ids of its files, which the event's consumer deletes. */
  erased: z.array(z.string()).optional(),
  /** The room's shard count when this state was written, so that dispatch reads nothing. */
  shards: z.number().int().positive(),
  /** The room is a direct one: everybody in it is told of the message. Copied for the bus's rules, as is the next. */
  direct: z.boolean().optional(),
  /** The room has webhooks. */
  webhooks: z.boolean().optional(),
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

  /** One message, read consistently. */
  async read(roomId: string, seq: number): Promise<Message | undefined> {
    const { Item } = await this.#documents.send(
      new GetCommand({ TableName: this.#table, Key: { roomId, seq }, ConsistentRead: true }),
    );
    return messageRow.optional().parse(Item);
  }

  /**
   * Writes another state of a message, whose version is one above that which was read.
   * @throws Conflict where somebody changed it since: read again and retry
   */
  async replace(message: Message): Promise<void> {
    try {
      await this.#documents.send(
        new PutCommand({
          TableName: this.#table,
          Item: message,
          ConditionExpression: '#version = :read',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':read': message.version - 1 },
        }),
      );
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) throw new Conflict();
      throw error;
    }
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

  /**
   * Up to `limit` messages that changed after `changedAfter` (ms since the epoch), in the order of their last changes.
   * Eventually consistent: it reads an index.
   */
  async changed(roomId: string, changedAfter: number, limit: number): Promise<Message[]> {
    const { Items } = await this.#documents.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: messagesByChange,
        KeyConditionExpression: 'roomId = :room AND changedAt > :after',
        ExpressionAttributeValues: { ':room': roomId, ':after': changedAfter },
        Limit: limit,
      }),
    );
    return z.array(messageRow).parse(Items ?? []);
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

/** A message as clients are told of it, live and in history. */
export function toEvent(message: Message): MessageEvent {
  const { seq, version, id, sender, senderName, text, replyTo, sentAt } = message;
  const { attachments, mentions, reactions, editedAt, deletedAt, deletedBy } = message;
  return {
    type: 'message',
    at: sentAt,
    seq,
    version,
    id,
    sender,
    senderName,
    text,
    replyTo,
    attachments,
    mentions,
    reactions,
    editedAt,
    deletedAt,
    deletedBy,
  };
}
