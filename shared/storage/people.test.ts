import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import { onEachEngine } from '#test/support/engines.ts';

onEachEngine((storage) => {
  it('has a profile from the first sign-in on', async () => {
    const { people } = storage();
    expect(await people.read('alice')).toBeUndefined();
    const profile = { userId: 'alice', name: 'Alice', createdAt: 1_000, lastSignInAt: 1_000 };
    expect(await people.signIn('alice', 'Alice', 1_000)).toEqual(profile);
    expect(await people.read('alice')).toEqual(profile);
  });

  it('keeps a name that was chosen since, and when the profile was made', async () => {
    const { documents, people, tables } = storage();
    await people.signIn('bob', 'bob', 1_000);
    await documents.send(
      new UpdateCommand({
        TableName: tables.PEOPLE_TABLE,
        Key: { userId: 'bob' },
        UpdateExpression: 'SET #name = :name',
        ExpressionAttributeNames: { '#name': 'name' },
        ExpressionAttributeValues: { ':name': 'Bobby' },
      }),
    );
    expect(await people.signIn('bob', 'bob', 2_000)).toEqual({
      userId: 'bob',
      name: 'Bobby',
      createdAt: 1_000,
      lastSignInAt: 2_000,
    });
  });
});
