import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Role } from '../contract/events.ts';
import { roomId } from '../contract/frames.ts';
import type { RoomPatch } from '../contract/http.ts';
import { ConditionFailed, Conflict, type Documents, retryOnConflict, transact } from './documents.ts';
import { roomKeys, roomsByListing } from './keys.ts';
import { listingOf } from './listing.ts';
import { type Room, roomRow } from './rooms.ts';

type NewRoom = Pick<Room, 'roomId' | 'kind' | 'name' | 'description' | 'visibility' | 'mode'>;

/** Rooms as people make, change and look for them. */
export class RoomDirectory {
  readonly #documents: Documents;
  readonly #table: string;

  constructor(documents: Documents, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /**
   * Makes a room with its first members, up to nine, all at once: nobody finds a room that has no owner yet.
   * Returns false where there is such a room already.
   */
  async create(
    room: NewRoom,
    members: { userId: string; name: string; role: Role }[],
    now: number,
  ): Promise<boolean> {
    const row = { ...roomKeys.room(room.roomId), ...room, createdAt: now, ...listingOf(room) };
    const put = (item: Record<string, unknown>) => ({
      Put: { TableName: this.#table, Item: item, ConditionExpression: 'attribute_not_exists(roomId)' },
    });
    const memberRows = members.map((member) => ({
      ...roomKeys.member(room.roomId, member.userId),
      ...member,
      shards: 1,
      small: true,
      readSeq: 0,
      joinedAt: now,
    }));
    try {
      await retryOnConflict(() =>
        transact(this.#documents, [
          put(row),
          ...memberRows.map(put),
          {
            Put: { TableName: this.#table, Item: { ...roomKeys.seq(room.roomId), members: members.length } },
          },
        ]),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed) return false;
      throw error;
    }
  }

  /**
   * Changes what people see of a room. `room` is it as it was read.
   * @throws Conflict where it was changed since: read it again and retry
   */
  async change(room: Room, patch: RoomPatch, now: number): Promise<Room> {
    const { archived, ...rest } = patch;
    const archivedAt =
      archived === undefined ? room.archivedAt : archived ? (room.archivedAt ?? now) : undefined;
    // Each change has a time of its own, so that the next one can tell which of them it has read.
    const changedAt = Math.max(now, (room.changedAt ?? 0) + 1);
    const changed: Room = { ...room, ...rest, archivedAt, changedAt };
    if (rest.description === '') changed.description = undefined;
    const attributes = {
      name: changed.name,
      description: changed.description,
      visibility: changed.visibility,
      mode: changed.mode,
      archivedAt: changed.archivedAt,
      changedAt,
      listing: undefined,
      listedName: undefined,
      ...listingOf(changed),
    };
    const names = Object.fromEntries(Object.keys(attributes).map((name) => [`#${name}`, name]));
    const entries = Object.entries(attributes);
    const set = entries.filter(([, value]) => value !== undefined);
    const removed = entries.filter(([, value]) => value === undefined);
    const unchanged =
      room.changedAt === undefined ? 'attribute_not_exists(#changedAt)' : '#changedAt = :readAt';
    // Attribute by attribute: the shard counts beside them are the workers'.
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: roomKeys.room(room.roomId),
      UpdateExpression: [
        `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
        ...(removed.length > 0 ? [`REMOVE ${removed.map(([name]) => `#${name}`).join(', ')}`] : []),
      ].join(' '),
      ConditionExpression: `attribute_exists(roomId) AND ${unchanged}`,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: {
        ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
        ...(room.changedAt !== undefined && { ':readAt': room.changedAt }),
      },
    });
    try {
      await this.#documents.send(update);
    } catch (error) {
      throw error instanceof ConditionalCheckFailedException ? new Conflict() : error;
    }
    return changed;
  }

  /** One page of the public rooms that are not archived, by name. Eventually consistent: it reads an index. */
  async listPublic(
    search: string,
    from: ListPosition | undefined,
    limit: number,
  ): Promise<{ items: Room[]; next: ListPosition | undefined }> {
    const { Items = [], LastEvaluatedKey } = await this.#documents.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: roomsByListing,
        KeyConditionExpression: `listing = :public${search ? ' AND begins_with(listedName, :name)' : ''}`,
        ExpressionAttributeValues: { ':public': 'PUBLIC', ...(search && { ':name': search.toLowerCase() }) },
        ExclusiveStartKey: from && { listing: 'PUBLIC', item: 'ROOM', ...from },
        Limit: limit,
      }),
    );
    return {
      items: z.array(roomRow).parse(Items),
      next: listPosition.optional().parse(LastEvaluatedKey),
    };
  }
}

/** Where a page of public rooms ended. */
export const listPosition = z.object({ listedName: z.string().min(1), roomId });

type ListPosition = z.infer<typeof listPosition>;
