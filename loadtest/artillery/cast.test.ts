import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { findTable } from '#ops/deployment.ts';
import { testCloud } from '#test/support/cloud.ts';
import { Cast } from './cast.ts';
import { CognitoError, UserPool } from './cognito.ts';
import { readTarget, type Target } from './target.ts';

const cloud = testCloud();
const sizes = { users: 3, rooms: 2, seconds: 20, rate: 1, burst: 1 };
let target: Target;

beforeAll(async () => {
  for (const [name, value] of Object.entries(cloud().operatorEnvironment)) vi.stubEnv(name, value);
  target = { ...(await readTarget(cloud().url)), isOwn: false, stop: async () => {} };
});

describe('the people of a run', () => {
  it('are there, each with a token of their own, and gone after it', async () => {
    const before = await rowCounts();
    const cast = await Cast.at(target);
    await cast.gather(sizes, new AbortController().signal);

    expect(cast.people).toHaveLength(3);
    expect(new Set(cast.people.map(({ token }) => token)).size).toBe(3);
    for (const { token, name, rooms } of cast.people) {
      const answer = await fetch(`${cloud().url}/api/me`, { headers: { authorization: `Bearer ${token}` } });
      expect(await answer.json()).toMatchObject({ name });
      expect(rooms).toHaveLength(2);
    }

    await cast.remove();
    // The room of everybody, with its counter, is made at the first sign-in, and stays.
    expect(await rowCounts()).toEqual({ ...before, Rooms: before.Rooms + 2 });
  });

  it('are put away where making them was broken off', async () => {
    const before = await rowCounts();
    const cast = await Cast.at(target);
    const ending = new AbortController();
    const breaksOff = () => {
      if (cast.people.length > 0) ending.abort(new Error('Broken off'));
      return Math.random();
    };
    await expect(cast.gather({ ...sizes, users: 40 }, ending.signal, breaksOff)).rejects.toThrow(
      'Broken off',
    );
    await cast.remove();
    expect(await rowCounts()).toEqual(before);
  });
});

describe('the user pool', () => {
  it('signs in by the right password alone', async () => {
    const pool = new UserPool(target.poolId, target.clientId, new DynamoDBClient({}).config.credentials);
    const { username, userId } = await pool.create('grace@example.com', 'Grace');
    expect(userId).toMatch(/^[0-9a-f-]{36}$/);
    await pool.setPassword(username, 'Aa1!Aa1!Aa1!');
    await expect(pool.signIn(username, 'wrong')).rejects.toThrow(CognitoError);
    await expect(pool.signIn(username, 'wrong')).rejects.toMatchObject({ code: 'NotAuthorizedException' });
    expect(await pool.signIn(username, 'Aa1!Aa1!Aa1!')).toMatch(/^ey/);

    await expect(pool.create('grace@example.com', 'Grace')).rejects.toMatchObject({
      code: 'UsernameExistsException',
    });
    await pool.remove(username);
    await expect(pool.remove(username)).rejects.toMatchObject({ code: 'UserNotFoundException' });
  });

  it('is nobody else’s', async () => {
    const stranger = async () => ({ accessKeyId: 'AKIDSTRANGER', secretAccessKey: 'x' });
    const pool = new UserPool(target.poolId, target.clientId, stranger);
    await expect(pool.create('eve@example.com', 'Eve')).rejects.toMatchObject({
      code: 'UnrecognizedClientException',
    });
  });
});

/** Rows of each table that a run writes to. */
async function rowCounts(): Promise<Record<'Rooms' | 'Messages' | 'People', number>> {
  const client = new DynamoDBClient({});
  const count = async (id: 'Rooms' | 'Messages' | 'People') => {
    const { Count = 0 } = await client.send(
      new ScanCommand({ TableName: await findTable(client, id), Select: 'COUNT', ConsistentRead: true }),
    );
    return Count;
  };
  const [Rooms, Messages, People] = [await count('Rooms'), await count('Messages'), await count('People')];
  client.destroy();
  return { Rooms, Messages, People };
}
