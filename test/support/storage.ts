import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient, PutCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { decodeJwt } from 'jose';
import { region } from '#local/aws.ts';
import type { Cloud } from '#local/cloud.ts';
import { operator } from '#local/credentials.ts';
import { Connections } from '#shared/storage/connections.ts';
import type { Documents } from '#shared/storage/documents.ts';
import { connectionKeys, roomKeys } from '#shared/storage/keys.ts';
import { Members } from '#shared/storage/members.ts';
import { type Message, Messages } from '#shared/storage/messages.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { Webhooks } from '#shared/storage/webhooks.ts';

/** The tables of a running cloud, as the functions see them: through the repositories, over the wire. */
export class Storage {
  readonly documents: Documents;
  readonly rooms: Rooms;
  readonly messages: Messages;
  readonly connections: Connections;
  readonly members: Members;
  readonly webhooks: Webhooks;
  readonly #cloud: Cloud;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    this.documents = DynamoDBDocumentClient.from(
      new DynamoDBClient({
        endpoint: cloud.dynamodb.proxy.url,
        region,
        credentials: cloud.credentials.issue(operator),
      }),
      { marshallOptions: { removeUndefinedValues: true } },
    );
    this.rooms = new Rooms(this.documents, this.table('Rooms'));
    this.members = new Members(this.documents, this.table('Rooms'));
    this.webhooks = new Webhooks(this.documents, this.table('Rooms'));
    this.messages = new Messages(this.documents, this.table('Messages'));
    this.connections = new Connections(this.documents, this.table('Connections'));
  }

  /** The name of the table that the data stack calls `id`. */
  table(id: string): string {
    const found = this.#cloud.deployment
      .find('AWS::DynamoDB::GlobalTable')
      .find(({ logicalId }) => logicalId.startsWith(id));
    if (!found) throw new Error(`The data stack has no table ${id}`);
    return found.ref;
  }

  /** Makes a room with these people, who are signed up where they are new. */
  async createRoom(roomId: string, names: string[]): Promise<void> {
    const now = Date.now();
    await this.rooms.create({ roomId, name: roomId, visibility: 'private', mode: 'open' }, now);
    await Promise.all(
      names.map(async (name) =>
        this.members.add(
          roomId,
          { userId: await userIdOf(this.#cloud, name), name, role: 'member' },
          { shards: 1, small: true },
          now,
        ),
      ),
    );
  }

  /** Writes the messages 1 to `count` of a room, and its counter, as if they had been sent a while ago. */
  async writeHistory(roomId: string, count: number, text = (seq: number) => `message ${seq}`): Promise<void> {
    const sentAt = Date.now() - 60_000;
    const rows = Array.from({ length: count }, (_, index): Message => {
      const seq = index + 1;
      const sender = { sender: 'somebody', senderName: 'Somebody' };
      return { roomId, seq, version: 1, id: `history-${seq}`, ...sender, text: text(seq), sentAt, shards: 1 };
    });
    await this.write('Messages', rows);
    await this.documents.send(
      new PutCommand({ TableName: this.table('Rooms'), Item: { ...roomKeys.seq(roomId), seq: count } }),
    );
  }

  /** Puts rows, 25 a call (BatchWriteItem's limit). */
  async write(table: string, rows: object[]): Promise<void> {
    const name = this.table(table);
    for (let start = 0; start < rows.length; start += 25) {
      const requests = rows.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
      await this.documents.send(new BatchWriteCommand({ RequestItems: { [name]: requests } }));
    }
  }

  /** Every row of a table, in a fixed order. */
  async rows(table: string): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    const pages = paginateScan(
      { client: this.documents },
      { TableName: this.table(table), ConsistentRead: true },
    );
    for await (const { Items = [] } of pages) rows.push(...Items);
    return rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  /**
   * Every row of every table but what a stream writes of who is connected: what must be the same after a frame that was
   * refused.
   */
  async everything(): Promise<Record<string, Record<string, unknown>[]>> {
    const tables = ['Rooms', 'Messages', 'Connections', 'People'];
    const rows = await Promise.all(
      tables.map(async (table) => {
        const all = await this.rows(table);
        return [table, all.filter(({ sk }) => sk !== 'PRESENCE' && sk !== connectionKeys.sweep.sk)] as const;
      }),
    );
    return Object.fromEntries(rows);
  }

  /** The subscription rows of a room, of every shard, as `shard connectionId`. */
  async subscriptions(roomId: string): Promise<string[]> {
    const prefix = `ROOM#${roomId}#`;
    return (await this.rows('Connections'))
      .filter(({ pk }) => String(pk).startsWith(prefix))
      .map(({ pk, sk }) => `${String(pk).slice(prefix.length)} ${sk}`);
  }
}

function keyOf({ roomId, item, seq, pk, sk, userId }: Record<string, unknown>): string {
  return [roomId, item, seq, pk, sk, userId].join(' ');
}

/** Who a name is to the servers: the subject of its tokens. */
export async function userIdOf(cloud: Cloud, name: string): Promise<string> {
  const { sub } = decodeJwt((await cloud.identity.accessToken(name)).accessToken);
  if (!sub) throw new Error('A token without a subject');
  return sub;
}
