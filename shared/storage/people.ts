import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Documents } from './documents.ts';
import { peopleByName } from './keys.ts';

const personRow = z.object({
  userId: z.string(),
  /** The display name. */
  name: z.string(),
  createdAt: z.number().int(),
  lastSignInAt: z.number().int(),
});

export type Person = z.infer<typeof personRow>;

/** The table of profiles. */
export class People {
  readonly #documents: Documents;
  readonly #table: string;

  constructor(documents: Documents, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  async read(userId: string): Promise<Person | undefined> {
    const { Item } = await this.#documents.send(
      new GetCommand({ TableName: this.#table, Key: { userId }, ConsistentRead: true }),
    );
    return personRow.optional().parse(Item);
  }

  /** Notes a sign-in. The first one creates the profile with `name`; a name chosen since is kept. */
  async signIn(userId: string, name: string, now: number): Promise<Person> {
    const { Attributes } = await this.#documents.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: { userId },
        UpdateExpression:
          'SET #name = if_not_exists(#name, :name), nameKey = if_not_exists(nameKey, :key), listing = :person, createdAt = if_not_exists(createdAt, :now), lastSignInAt = :now',
        ExpressionAttributeNames: { '#name': 'name' },
        ExpressionAttributeValues: {
          ':name': name,
          ':key': name.toLowerCase(),
          ':person': 'PERSON',
          ':now': now,
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return personRow.parse(Attributes);
  }

  /** Another display name, in the profile. */
  async rename(userId: string, name: string): Promise<void> {
    await this.#documents.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: { userId },
        UpdateExpression: 'SET #name = :name, nameKey = :key',
        ConditionExpression: 'attribute_exists(userId)',
        ExpressionAttributeNames: { '#name': 'name' },
        ExpressionAttributeValues: { ':name': name, ':key': name.toLowerCase() },
      }),
    );
  }

  /** The profiles of those who exist, in no order. At most 100. */
  async readMany(userIds: string[]): Promise<Person[]> {
    const people: Person[] = [];
    let unread: Record<string, unknown>[] | undefined = [...new Set(userIds)].map((userId) => ({ userId }));
    while (unread?.length) {
      const { Responses, UnprocessedKeys }: BatchGetCommandOutput = await this.#documents.send(
        new BatchGetCommand({ RequestItems: { [this.#table]: { Keys: unread } } }),
      );
      people.push(...z.array(personRow).parse(Responses?.[this.#table] ?? []));
      unread = UnprocessedKeys?.[this.#table]?.Keys;
    }
    return people;
  }

  /** People whose names begin so, whatever the case, by name. Eventually consistent: it reads an index. */
  async find(prefix: string, limit: number): Promise<Person[]> {
    const { Items } = await this.#documents.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: peopleByName,
        KeyConditionExpression: 'listing = :person AND begins_with(nameKey, :prefix)',
        ExpressionAttributeValues: { ':person': 'PERSON', ':prefix': prefix.toLowerCase() },
        Limit: limit,
      }),
    );
    return z.array(personRow).parse(Items ?? []);
  }
}
