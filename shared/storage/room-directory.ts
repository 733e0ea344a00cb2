import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Role } from '../contract/events.ts';
import type { RoomPatch } from '../contract/http.ts';
import { ConditionFailed, type Documents, retryOnConflict, transact } from './documents.ts';
import { roomKeys, roomsByListing } from './keys.ts';
import type { Page } from './members.ts';
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

  /** Changes what people see of a room. `room` is it as it was read. */
  async change(room: Room, patch: RoomPatch, now: number): Promise<Room> {
    const { archived, ...rest } = patch;
    const archivedAt =
      archived === undefined ? room.archivedAt : archived ? (room.archivedAt ?? now) : undefined;
    const changed: Room = { ...room, ...rest, archivedAt, changedAt: now };
    if (rest.description === '') changed.description = undefined;
    const attributes = {
      name: changed.name,
      description: changed.description,
      visibility: changed.visibility,
      mode: changed.mode,
      archivedAt: changed.archivedAt,
      changedAt: now,
      listing: undefined,
      listedName: undefined,
      ...listingOf(changed),
    };
    const names = Object.fromEntries(Object.keys(attributes).map((name) => [`#${name}`, name]));
    const [set, removed] = [true, false].map((there) =>
      Object.entries(attributes).filter(([, value]) => (value !== undefined) === there),
    );
    // Attribute by attribute: the shard counts beside them are the workers'.
    await this.#documents.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: roomKeys.room(room.roomId),
        UpdateExpression: [
          `SET ${(set ?? []).map(([name]) => `#${name} = :${name}`).join(', ')}`,
          ...(removed?.length ? [`REMOVE ${removed.map(([name]) => `#${name}`).join(', ')}`] : []),
        ].join(' '),
        ConditionExpression: 'attribute_exists(roomId)',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: Object.fromEntries(
          (set ?? []).map(([name, value]) => [`:${name}`, value]),
        ),
      }),
    );
    return changed;
  }

  /** One page of the public rooms that are not archived, by name. Eventually consistent: it reads an index. */
  async listPublic(search: string, from: string | undefined, limit: number): Promise<Page<Room>> {
    const start = from === undefined ? undefined : cursorKey.parse(JSON.parse(from));
    const { Items = [], LastEvaluatedKey } = await this.#documents.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: roomsByListing,
        KeyConditionExpression: `listing = :public${search ? ' AND begins_with(listedName, :name)' : ''}`,
        ExpressionAttributeValues: { ':public': 'PUBLIC', ...(search && { ':name': search.toLowerCase() }) },
        ExclusiveStartKey: start,
        Limit: limit,
      }),
    );
    return {
      items: z.array(roomRow).parse(Items),
      next: LastEvaluatedKey && JSON.stringify(LastEvaluatedKey),
    };
  }
}

const cursorKey = z.strictObject({
  listing: z.string(),
  listedName: z.string(),
  roomId: z.string(),
  item: z.string(),
});

/** The attributes by which a room is found: none, unless it is public and lives. */
function listingOf({
  visibility,
  archivedAt,
  name,
}: Pick<Room, 'visibility' | 'name'> & { archivedAt?: number | undefined }) {
  return visibility === 'public' && archivedAt === undefined
    ? { listing: 'PUBLIC', listedName: name.toLowerCase() }
    : {};
}
