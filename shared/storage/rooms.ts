import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  DeleteCommand,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { role } from '../contract/events.ts';
import { type Documents, retryOnConflict, type WriteItem } from './documents.ts';
import { roomKeys, roomsByUser } from './keys.ts';
import { listingOf } from './listing.ts';
import { recentSends } from './recent-sends.ts';
import { fittingCounts, oneShard, plannedShards, type ShardCounts, shardCounts } from './shard-counts.ts';

export const roomRow = z.object({
  roomId: z.string(),
  kind: z.enum(['room', 'direct']).default('room'),
  name: z.string(),
  description: z.string().optional(),
  visibility: z.enum(['public', 'private']),
  mode: z.enum(['open', 'restricted']),
  archivedAt: z.number().int().optional(),
  /** How many webhooks are told of the room's messages. */
  webhooks: z.number().int().min(0).default(0),
  shardCounts: shardCounts.default(oneShard),
  createdAt: z.number().int(),
  /** When what people see of the room last changed (ms since the epoch). */
  changedAt: z.number().int().optional(),
});

export const memberRow = z.object({
  roomId: z.string(),
  userId: z.string(),
  /** The person's display name, copied here so that a send need not read the profile. */
  name: z.string(),
  role,
  readSeq: z.number().int().min(0),
  joinedAt: z.number().int(),
  /** They were online when they joined, which is told with that. */
  online: z.boolean().optional(),
  /** Milliseconds since the epoch until which the person may not send. */
  mutedUntil: z.number().int().optional(),
  /** When people were last told something new of the member (ms since the epoch). */
  changedAt: z.number().int().optional(),
  /**
   * The room as whoever wrote this row last had read it, so that dispatch reads nothing: its shard count, and whether it
   * has few enough members (`limits.presenceMembers`) for receipts to be told.
   */
  shards: z.number().int().positive().default(1),
  small: z.boolean().default(false),
});

const senderRow = z
  .object({
    /** Counts writes of this row: two tabs that send at once are told apart by it. 0: no row yet. */
    version: z.number().int(),
    /** The latest sends, oldest first. */
    recent: recentSends.prefault(''),
    /** Token bucket: how many sends were left at `refilledAt` (ms since the epoch). */
    tokens: z.number(),
    refilledAt: z.number().int(),
  })
  .transform(({ recent, ...row }) => ({ ...row, sends: recent }));

// Zod compiles a schema at its first use: one that a function makes anew costs more than all of what it parses.
const counterRow = z.object({
  seq: z.number().int().default(0),
  /** How many members the room has: exact, but where a handler died between two writes. */
  members: z.number().int().default(0),
});
const rowKey = z.object({ roomId: z.string(), item: z.string() });

export type Room = z.infer<typeof roomRow>;
export type Member = z.infer<typeof memberRow>;
export type Sender = z.infer<typeof senderRow>;

/** A room as one person sees it; undefined parts do not exist. */
export interface RoomView {
  room: Room | undefined;
  member: Member | undefined;
  /** The highest number that the room has given out. */
  lastSeq: number;
  /** How many members the room has. */
  memberCount: number;
}

/** The table of rooms, memberships, counters and senders. */
export class Rooms {
  readonly #documents: Documents;
  readonly #table: string;

  constructor(documents: Documents, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /** What a send must know, in one consistent read. */
  async readForSend(roomId: string, userId: string) {
    const rows = await this.#read([
      roomKeys.room(roomId),
      roomKeys.member(roomId, userId),
      roomKeys.sender(roomId, userId),
    ]);
    return {
      room: parseIfThere(roomRow, rows.get(rowName(roomKeys.room(roomId)))),
      member: parseIfThere(memberRow, rows.get(rowName(roomKeys.member(roomId, userId)))),
      sender: parseIfThere(senderRow, rows.get(rowName(roomKeys.sender(roomId, userId)))),
    };
  }

  /** The rooms as `userId` sees them, in one consistent read. At most 33: three keys each, of BatchGetItem's 100. */
  async readForSubscribe(roomIds: string[], userId: string): Promise<Map<string, RoomView>> {
    const rows = await this.#read(
      roomIds.flatMap((id) => [roomKeys.room(id), roomKeys.member(id, userId), roomKeys.seq(id)]),
    );
    return new Map(
      roomIds.map((id) => {
        const counter = parseIfThere(counterRow, rows.get(rowName(roomKeys.seq(id))));
        return [
          id,
          {
            room: parseIfThere(roomRow, rows.get(rowName(roomKeys.room(id)))),
            member: parseIfThere(memberRow, rows.get(rowName(roomKeys.member(id, userId)))),
            lastSeq: counter?.seq ?? 0,
            memberCount: counter?.members ?? 0,
          },
        ];
      }),
    );
  }

  /** The membership, read consistently. */
  async readMember(roomId: string, userId: string): Promise<Member | undefined> {
    const { Item } = await this.#documents.send(
      new GetCommand({ TableName: this.#table, Key: roomKeys.member(roomId, userId), ConsistentRead: true }),
    );
    return parseIfThere(memberRow, Item);
  }

  /** The person's memberships, in no order. Eventually consistent: it reads an index. */
  async listMemberships(userId: string): Promise<Member[]> {
    const pages = paginateQuery(
      { client: this.#documents },
      {
        TableName: this.#table,
        IndexName: roomsByUser,
        KeyConditionExpression: 'userId = :user',
        ExpressionAttributeValues: { ':user': userId },
      },
    );
    const members: Member[] = [];
    for await (const { Items = [] } of pages) members.push(...z.array(memberRow).parse(Items));
    return members;
  }

  /** The next number of the room. Once taken it is never given again, even if nothing is written under it. */
  async takeSeq(roomId: string): Promise<number> {
    const { Attributes } = await this.#documents.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: roomKeys.seq(roomId),
        UpdateExpression: 'ADD seq :one',
        ExpressionAttributeValues: { ':one': 1 },
        ReturnValues: 'UPDATED_NEW',
      }),
    );
    return counterRow.parse(Attributes).seq;
  }

  /** Creates the room unless it exists. Returns whether it was created. */
  async create(room: Pick<Room, 'roomId' | 'name' | 'visibility' | 'mode'>, now: number): Promise<boolean> {
    return await this.#putNew({ ...roomKeys.room(room.roomId), ...room, createdAt: now, ...listingOf(room) });
  }

  /** Makes a person a member unless they are one. Returns whether they were added. */
  async addMember(roomId: string, person: { userId: string; name: string }, now: number): Promise<boolean> {
    return await this.#putNew({
      ...roomKeys.member(roomId, person.userId),
      ...person,
      role: 'member',
      readSeq: 0,
      joinedAt: now,
    });
  }

  /**
   * Moves the person's read position on to `seq`; never back.
   * Returns whether it moved: false too where they are no member any more.
   */
  async markRead(
    roomId: string,
    userId: string,
    read: { seq: number; shards: number; small: boolean },
    now: number,
  ): Promise<boolean> {
    try {
      await this.#documents.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: roomKeys.member(roomId, userId),
          UpdateExpression: 'SET readSeq = :seq, shards = :shards, small = :small, changedAt = :now',
          ConditionExpression: 'readSeq < :seq',
          ExpressionAttributeValues: {
            ':seq': read.seq,
            ':shards': read.shards,
            ':small': read.small,
            ':now': now,
          },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /** Deletes the membership's row alone: `endMembership` does the whole. */
  async removeMember(roomId: string, userId: string): Promise<void> {
    // A subscribe under way has the row in its transaction.
    await retryOnConflict(() =>
      this.#documents.send(
        new DeleteCommand({ TableName: this.#table, Key: roomKeys.member(roomId, userId) }),
      ),
    );
  }

  /**
   * Gives the room the shard count that fits (`fittingCounts`), one of its shards having been seen to hold `connections`.
   * Of many workers that see so at once, one writes.
   * @returns the count that it had, and the one that it is to have; undefined where this call changed nothing
   */
  async fitShards(
    roomId: string,
    seen: { shard: number; connections: number },
    now: number,
  ): Promise<{ from: number; to: number } | undefined> {
    const { Item } = await this.#documents.send(
      new GetCommand({ TableName: this.#table, Key: roomKeys.room(roomId), ConsistentRead: true }),
    );
    const room = parseIfThere(roomRow, Item);
    const counts = room && fittingCounts(room.shardCounts, seen, now);
    if (!counts || !(await this.#replaceCounts(roomId, Item?.shardCounts, counts))) return undefined;
    return { from: plannedShards(room.shardCounts), to: plannedShards(counts) };
  }

  async #replaceCounts(roomId: string, read: unknown, counts: ShardCounts): Promise<boolean> {
    const unchanged = read === undefined ? 'attribute_not_exists(shardCounts)' : 'shardCounts = :read';
    try {
      await this.#documents.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: roomKeys.room(roomId),
          UpdateExpression: 'SET shardCounts = :counts',
          ConditionExpression: `attribute_exists(roomId) AND ${unchanged}`,
          ExpressionAttributeValues: { ':counts': counts, ...(read !== undefined && { ':read': read }) },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /** Of a transaction: `userId` is a member at the moment of its commit. */
  checkMember(roomId: string, userId: string): WriteItem {
    return {
      ConditionCheck: {
        TableName: this.#table,
        Key: roomKeys.member(roomId, userId),
        ConditionExpression: 'attribute_exists(roomId)',
      },
    };
  }

  /** Of a transaction: replaces the sender row, if it is still the one that was read (`sender.version - 1`). */
  putSender(roomId: string, userId: string, { sends, ...sender }: Sender): WriteItem {
    return {
      Put: {
        TableName: this.#table,
        Item: { ...roomKeys.sender(roomId, userId), ...sender, recent: recentSends.encode(sends) },
        ConditionExpression:
          sender.version === 1 ? 'attribute_not_exists(roomId)' : '#version = :readVersion',
        ...(sender.version > 1 && {
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':readVersion': sender.version - 1 },
        }),
      },
    };
  }

  async #putNew(item: Record<string, unknown>): Promise<boolean> {
    try {
      await this.#documents.send(
        new PutCommand({
          TableName: this.#table,
          Item: item,
          ConditionExpression: 'attribute_not_exists(roomId)',
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async #read(keys: { roomId: string; item: string }[]): Promise<Map<string, Record<string, unknown>>> {
    const rows = new Map<string, Record<string, unknown>>();
    let unread: Record<string, unknown>[] | undefined = keys;
    while (unread?.length) {
      const { Responses, UnprocessedKeys }: BatchGetCommandOutput = await this.#documents.send(
        new BatchGetCommand({ RequestItems: { [this.#table]: { Keys: unread, ConsistentRead: true } } }),
      );
      for (const row of Responses?.[this.#table] ?? []) {
        rows.set(rowName(rowKey.parse(row)), row);
      }
      unread = UnprocessedKeys?.[this.#table]?.Keys;
    }
    return rows;
  }
}

function parseIfThere<Row>(schema: z.ZodType<Row>, row: unknown): Row | undefined {
  return row === undefined ? undefined : schema.parse(row);
}

function rowName(key: { roomId: string; item: string }): string {
  return `${key.roomId}/${key.item}`;
}
