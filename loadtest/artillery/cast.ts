import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DeleteCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import pLimit from 'p-limit';
import { findTable } from '#ops/deployment.ts';
import { type Documents, openDocuments } from '#shared/storage/documents.ts';
import { Members } from '#shared/storage/members.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import type { Identity } from './brief.ts';
import { UserPool } from './cognito.ts';
import type { Sizes } from './plan.ts';
import type { Target } from './target.ts';
import { drawDistinct, zipf } from './zipf.ts';

/** Rooms of one person. */
const roomsEach = 3;
/** Calls of Cognito and DynamoDB under way at once. */
const atOnce = 10;
/** Everybody is a member of it from their first sign-in on. */
const general = 'general';

/** The run's people come and go untold. */
const quietly = { shards: 1, small: false };

interface Tables {
  rooms: string;
  messages: string;
  people: string;
}

/** The people of a run and the rooms they are in: made for it, and put away after it. */
export class Cast {
  readonly people: Identity[] = [];
  /** What the names of its people and rooms begin with. */
  readonly prefix = `load-${randomBytes(4).toString('hex')}-`;
  readonly #documents: Documents;
  readonly #pool: UserPool;
  readonly #tables: Tables;
  readonly #rooms: Rooms;
  readonly #members: Members;
  readonly #usernames: string[] = [];
  readonly #userIds: string[] = [];
  readonly #roomIds: string[] = [];
  readonly #limit = pLimit(atOnce);

  private constructor(documents: Documents, pool: UserPool, tables: Tables) {
    this.#documents = documents;
    this.#pool = pool;
    this.#tables = tables;
    this.#rooms = new Rooms(documents, tables.rooms);
    this.#members = new Members(documents, tables.rooms);
  }

  /** Nobody is made yet. @throws OpsError where Fanfare's tables are not there */
  static async at({ poolId, clientId }: Target): Promise<Cast> {
    const documents = openDocuments();
    const client = new DynamoDBClient({});
    const [rooms, messages, people] = await Promise.all([
      findTable(client, 'Rooms'),
      findTable(client, 'Messages'),
      findTable(client, 'People'),
    ]);
    const pool = new UserPool(poolId, clientId, client.config.credentials);
    return new Cast(documents, pool, { rooms, messages, people });
  }

  /** Makes rooms and people, who join rooms by a Zipf law. Stops where `signal` says; `remove` puts away what there is. */
  async gather({ users, rooms }: Sizes, signal: AbortSignal, random = Math.random): Promise<void> {
    const now = Date.now();
    const weights = zipf(rooms);
    await this.#each(Array.from({ length: rooms }), async (_, index) => {
      signal.throwIfAborted();
      const roomId = `${this.prefix}${index + 1}`;
      this.#roomIds[index] = roomId;
      const name = `Load test, room ${index + 1}`;
      await this.#rooms.create({ roomId, name, visibility: 'private', mode: 'open' }, now);
    });
    await this.#each(Array.from({ length: users }), async (_, index) => {
      signal.throwIfAborted();
      const drawn = drawDistinct(weights, roomsEach, random).sort((a, b) => a - b);
      this.people.push(await this.#make(`${this.prefix}${index + 1}`, drawn, now));
    });
  }

  /** Everything that the run left: users, profiles, memberships, rooms and what was said in them. */
  async remove(): Promise<void> {
    await this.#each(this.#usernames, (username) => this.#pool.remove(username));
    await this.#each(this.#userIds, async (userId) => {
      await this.#documents.send(new DeleteCommand({ TableName: this.#tables.people, Key: { userId } }));
      await this.#members.remove(general, userId, quietly);
    });
    for (const roomId of this.#roomIds) {
      await this.#clear(this.#tables.messages, 'seq', roomId);
      await this.#clear(this.#tables.rooms, 'item', roomId);
    }
  }

  async #make(name: string, drawn: number[], now: number): Promise<Identity> {
    const email = `${name}@example.com`;
    // Of all four kinds that the pool's policy asks for.
    const password = `Aa1!${randomBytes(18).toString('base64url')}`;
    const { username, userId } = await this.#pool.create(email, name);
    this.#usernames.push(username);
    this.#userIds.push(userId);
    await this.#pool.setPassword(username, password);
    const rooms = drawn.flatMap((index) => this.#roomIds[index] ?? []);
    for (const roomId of rooms)
      await this.#members.add(roomId, { userId, name, role: 'member' }, quietly, now);
    return { name, token: await this.#pool.signIn(username, password), rooms };
  }

  /** Rejects only when nothing of it is under way any more: what is put away must not be added to meanwhile. */
  async #each<T>(items: T[], act: (item: T, index: number) => Promise<void>): Promise<void> {
    const all = items.map((item, index) => this.#limit(() => act(item, index)));
    await Promise.allSettled(all);
    await Promise.all(all);
  }

  async #clear(table: string, sortKey: string, roomId: string): Promise<void> {
    const pages = paginateQuery(
      { client: this.#documents },
      {
        TableName: table,
        KeyConditionExpression: 'roomId = :room',
        ExpressionAttributeValues: { ':room': roomId },
        ProjectionExpression: 'roomId, #sort',
        ExpressionAttributeNames: { '#sort': sortKey },
      },
    );
    for await (const { Items = [] } of pages) {
      // BatchWriteItem takes 25.
      for (let start = 0; start < Items.length; start += 25) {
        await this.#delete(table, Items.slice(start, start + 25));
      }
    }
  }

  async #delete(table: string, keys: Record<string, unknown>[]): Promise<void> {
    let left: typeof keys = keys;
    while (left.length > 0) {
      const { UnprocessedItems } = await this.#documents.send(
        new BatchWriteCommand({ RequestItems: { [table]: left.map((Key) => ({ DeleteRequest: { Key } })) } }),
      );
      left = (UnprocessedItems?.[table] ?? []).flatMap(({ DeleteRequest }) => DeleteRequest?.Key ?? []);
    }
  }
}
