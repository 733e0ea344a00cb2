import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Documents } from './documents.ts';

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
          'SET #name = if_not_exists(#name, :name), createdAt = if_not_exists(createdAt, :now), lastSignInAt = :now',
        ExpressionAttributeNames: { '#name': 'name' },
        ExpressionAttributeValues: { ':name': name, ':now': now },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return personRow.parse(Attributes);
  }
}
