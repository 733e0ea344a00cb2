import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Role } from '../contract/events.ts';
import {
  ConditionFailed,
  Conflict,
  type Documents,
  retryOnConflict,
  transact,
  type WriteItem,
} from './documents.ts';
import { banPrefix, memberPrefix, roomKeys } from './keys.ts';
import { type Member, memberRow } from './rooms.ts';

const banRow = z.object({
  userId: z.string(),
  name: z.string(),
  /** Who banned, and when; until when, or for ever (ms since the epoch). */
  by: z.string(),
  at: z.number().int(),
  until: z.number().int().optional(),
});

export type Ban = z.infer<typeof banRow>;

/** What is copied onto a member's row from the room, so that dispatch reads nothing. */
export interface RoomAsRead {
  shards: number;
  small: boolean;
}

/** One page of a list; `next` continues it. */
export interface Page<Item> {
  items: Item[];
  next: string | undefined;
}

/** A room's members, and who is kept out of it. */
export class Members {
  readonly #documents: Documents;
  readonly #table: string;

  constructor(documents: Documents, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /**
   * Makes a person a member, unless they are one already or a ban is in force at the moment of writing.
   * Who is made a member of a room by a repeated request is told `already`.
   */
  async add(
    roomId: string,
    person: { userId: string; name: string; role: Role; online?: boolean },
    read: RoomAsRead,
    now: number,
  ): Promise<'added' | 'already' | 'banned'> {
    const member = {
      ...roomKeys.member(roomId, person.userId),
      ...person,
      ...read,
      readSeq: 0,
      joinedAt: now,
    };
    try {
      await retryOnConflict(() =>
        transact(this.#documents, [
          {
            Put: {
              TableName: this.#table,
              Item: member,
              ConditionExpression: 'attribute_not_exists(roomId)',
            },
          },
          this.#notBanned(roomId, person.userId, now),
        ]),
      );
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      return error.failed.includes(1) ? 'banned' : 'already';
    }
    await this.#count(roomId, 1);
    return 'added';
  }

  /** Deletes the member's row alone. Returns whether there was one. */
  async remove(roomId: string, userId: string, read: RoomAsRead): Promise<boolean> {
    return await this.#end(roomId, userId, read, []);
  }

  /**
   * Keeps a person out, member or not: their row goes in the same transaction in which the ban comes, and where there is
   * none, that is checked in it. So nobody who joins at the same moment is both.
   */
  async ban(roomId: string, ban: Ban, read: RoomAsRead): Promise<void> {
    // Without `userId`, the key of the index of memberships: its key names the person.
    const { userId, ...row } = ban;
    const put: WriteItem = {
      Put: { TableName: this.#table, Item: { ...roomKeys.ban(roomId, userId), ...row } },
    };
    const noMember: WriteItem = {
      ConditionCheck: {
        TableName: this.#table,
        Key: roomKeys.member(roomId, ban.userId),
        ConditionExpression: 'attribute_not_exists(roomId)',
      },
    };
    await retryOnConflict(async () => {
      if (await this.#end(roomId, ban.userId, read, [put])) return;
      try {
        await transact(this.#documents, [put, noMember]);
      } catch (error) {
        // They joined meanwhile: look again.
        throw error instanceof ConditionFailed ? new Conflict() : error;
      }
    });
  }

  /**
   * Makes `to` the owner, whom nobody mutes, and `from` a moderator, both or neither.
   * Returns false where `from` is not the owner any more, or `to` no member.
   */
  async handOver(
    roomId: string,
    { from, to }: { from: string; to: string },
    read: RoomAsRead,
    now: number,
  ): Promise<boolean> {
    const give = (
      userId: string,
      role: Role,
      condition: string,
      more: Record<string, string>,
    ): WriteItem => ({
      Update: {
        TableName: this.#table,
        Key: roomKeys.member(roomId, userId),
        UpdateExpression:
          'SET #role = :role, shards = :shards, small = :small, changedAt = :now REMOVE mutedUntil',
        ConditionExpression: condition,
        ExpressionAttributeNames: { '#role': 'role' },
        ExpressionAttributeValues: {
          ':role': role,
          ':shards': read.shards,
          ':small': read.small,
          ':now': now,
          ...more,
        },
      },
    });
    try {
      await retryOnConflict(() =>
        transact(this.#documents, [
          give(from, 'moderator', '#role = :owner', { ':owner': 'owner' }),
          give(to, 'owner', 'attribute_exists(roomId)', {}),
        ]),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed) return false;
      throw error;
    }
  }

  /** Changes a role or a mute. Returns false where the person is no member. */
  async change(
    roomId: string,
    userId: string,
    { role, mutedUntil }: { role?: Role; mutedUntil?: number | null },
    read: RoomAsRead,
    now: number,
  ): Promise<boolean> {
    const set = ['shards = :shards', 'small = :small', 'changedAt = :now'];
    if (role) set.push('#role = :role');
    if (typeof mutedUntil === 'number') set.push('mutedUntil = :until');
    return await this.#update(roomId, userId, {
      UpdateExpression: `SET ${set.join(', ')}${mutedUntil === null ? ' REMOVE mutedUntil' : ''}`,
      ...(role && { ExpressionAttributeNames: { '#role': 'role' } }),
      ExpressionAttributeValues: {
        ':shards': read.shards,
        ':small': read.small,
        ':now': now,
        ...(role && { ':role': role }),
        ...(typeof mutedUntil === 'number' && { ':until': mutedUntil }),
      },
    });
  }

  /** Gives a member the name that they have now. Returns false where the person is no member. */
  async rename(
    roomId: string,
    userId: string,
    name: string,
    read: RoomAsRead,
    now: number,
  ): Promise<boolean> {
    return await this.#update(roomId, userId, {
      UpdateExpression: 'SET #name = :name, shards = :shards, small = :small, changedAt = :now',
      ExpressionAttributeNames: { '#name': 'name' },
      ExpressionAttributeValues: {
        ':name': name,
        ':shards': read.shards,
        ':small': read.small,
        ':now': now,
      },
    });
  }

  /** One page of the members, by user id. Consistent. */
  async list(roomId: string, from: string | undefined, limit: number): Promise<Page<Member>> {
    const { rows, next } = await this.#page(roomId, memberPrefix, from, limit);
    return { items: z.array(memberRow).parse(rows), next };
  }

  /** One page of the bans, those that are over too, by user id. Consistent. */
  async bans(roomId: string, from: string | undefined, limit: number): Promise<Page<Ban>> {
    const { rows, next } = await this.#page(roomId, banPrefix, from, limit);
    const bans = rows.map((row) => ({ ...row, userId: String(row.item).slice(banPrefix.length) }));
    return { items: z.array(banRow).parse(bans), next };
  }

  /** Of a transaction: who may come back. */
  liftBan(roomId: string, userId: string): WriteItem {
    return { Delete: { TableName: this.#table, Key: roomKeys.ban(roomId, userId) } };
  }

  /**
   * Deletes the member's row and writes `more` with it. What the row was copied of the room, and when, is brought up to
   * date first: the event of the deletion is made of the deleted row.
   */
  async #end(roomId: string, userId: string, read: RoomAsRead, more: WriteItem[]): Promise<boolean> {
    const current = await this.#update(roomId, userId, {
      UpdateExpression: 'SET shards = :shards, small = :small, changedAt = :now',
      ExpressionAttributeValues: { ':shards': read.shards, ':small': read.small, ':now': Date.now() },
    });
    if (!current) return false;
    const remove: WriteItem = {
      Delete: {
        TableName: this.#table,
        Key: roomKeys.member(roomId, userId),
        ConditionExpression: 'attribute_exists(roomId)',
      },
    };
    try {
      // A subscribe under way has the row in its transaction.
      await retryOnConflict(() => transact(this.#documents, [remove, ...more]));
    } catch (error) {
      if (error instanceof ConditionFailed) return false;
      throw error;
    }
    await this.#count(roomId, -1);
    return true;
  }

  async #update(
    roomId: string,
    userId: string,
    update: Pick<
      UpdateCommand['input'],
      'UpdateExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
    >,
  ): Promise<boolean> {
    try {
      await retryOnConflict(() =>
        this.#documents.send(
          new UpdateCommand({
            TableName: this.#table,
            Key: roomKeys.member(roomId, userId),
            ConditionExpression: 'attribute_exists(roomId)',
            ...update,
          }),
        ),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  #notBanned(roomId: string, userId: string, now: number): WriteItem {
    return {
      ConditionCheck: {
        TableName: this.#table,
        Key: roomKeys.ban(roomId, userId),
        ConditionExpression: 'attribute_not_exists(roomId) OR #until <= :now',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':now': now },
      },
    };
  }

  /** Beside the row and not with it: in one transaction, everybody who joins a room would conflict with everybody else. */
  async #count(roomId: string, change: 1 | -1): Promise<void> {
    await this.#documents.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: roomKeys.seq(roomId),
        UpdateExpression: 'ADD members :change',
        ExpressionAttributeValues: { ':change': change },
      }),
    );
  }

  async #page(roomId: string, prefix: string, from: string | undefined, limit: number) {
    const { Items = [], LastEvaluatedKey } = await this.#documents.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: 'roomId = :room AND begins_with(#item, :prefix)',
        ExpressionAttributeNames: { '#item': 'item' },
        ExpressionAttributeValues: { ':room': roomId, ':prefix': prefix },
        ExclusiveStartKey: from === undefined ? undefined : { roomId, item: prefix + from },
        Limit: limit,
        ConsistentRead: true,
      }),
    );
    const last = z.object({ item: z.string() }).optional().parse(LastEvaluatedKey);
    return { rows: Items, next: last?.item.slice(prefix.length) };
  }
}
