import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { onEachEngine } from '#test/support/engines.ts';
import { type Answer, testServer } from '#test/support/http-server.ts';
import { Connections } from './connections.ts';
import { ConditionFailed, Conflict, retryOnConflict, transact, type WriteItem } from './documents.ts';
import { Rooms } from './rooms.ts';

onEachEngine((storage) => {
  const put = (userId: string, condition?: string): WriteItem => ({
    Put: {
      TableName: storage().tables.PEOPLE_TABLE,
      Item: { userId, name: userId, createdAt: 1, lastSignInAt: 1, nickname: undefined },
      ConditionExpression: condition,
    },
  });

  it('writes all items or none, and names the positions of the conditions that failed', async () => {
    const { documents, people } = storage();
    await transact(documents, [put('one'), put('two')]);
    const refused = transact(documents, [
      put('three'),
      put('one', 'attribute_not_exists(userId)'),
      put('four'),
      put('two', 'attribute_not_exists(userId)'),
    ]);
    await expect(refused).rejects.toThrow(new ConditionFailed([1, 3]));
    await expect(refused).rejects.toMatchObject({ name: 'ConditionFailed', failed: [1, 3] });
    expect(await people.read('one')).toBeDefined();
    expect(await people.read('three')).toBeUndefined();
  });

  it('takes a hundred items', async () => {
    const { documents, people } = storage();
    await transact(
      documents,
      Array.from({ length: 100 }, (_, index) => put(`hundred-${index}`)),
    );
    expect(await people.read('hundred-99')).toBeDefined();
  });

  it('lets other errors of the engine pass', async () => {
    const wrong = transact(storage().documents, [
      { ...put('x'), Put: { TableName: 'nowhere', Item: { userId: 'x' } } },
    ]);
    await expect(wrong).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

/** What AWS alone answers, or engines only by chance, is answered by hand. */
describe('answers of DynamoDB', () => {
  const server = testServer();
  let documents: DynamoDBDocumentClient | undefined;

  afterEach(() => documents?.destroy());

  function dynamoDb(answer: (operation: string, body: unknown) => Answer): DynamoDBDocumentClient {
    server().answer = (request, body) => ({
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      ...answer(String(request.headers['x-amz-target']).split('.')[1] ?? '', JSON.parse(body)),
    });
    documents = DynamoDBDocumentClient.from(
      new DynamoDBClient({
        endpoint: server().url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      }),
    );
    return documents;
  }

  const canceled = (...codes: string[]) => ({
    status: 400,
    body: {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
      CancellationReasons: codes.map((Code) => ({ Code })),
    },
  });
  const item: WriteItem = { Delete: { TableName: 'table', Key: { userId: 'a' } } };

  it.each([
    ['a condition', ['None', 'ConditionalCheckFailed'], new ConditionFailed([1])],
    ['a conflict', ['TransactionConflict', 'None'], new Conflict()],
    // Whether the condition holds cannot be told before the other transaction ended.
    ['both', ['ConditionalCheckFailed', 'TransactionConflict'], new Conflict()],
  ])('a transaction that is canceled for %s', async (_, codes, expected) => {
    const client = dynamoDb(() => canceled(...codes));
    const refused = transact(client, [item, item]);
    await expect(refused).rejects.toBeInstanceOf(expected.constructor);
    await expect(refused).rejects.toThrow(expected);
  });

  it('a transaction that is canceled for another reason stays the error that it is', async () => {
    const client = dynamoDb(() => canceled('ThrottlingError', 'None'));
    await expect(transact(client, [item, item])).rejects.toBeInstanceOf(TransactionCanceledException);
  });

  it('a conflict with a single write', async () => {
    const client = dynamoDb(() => ({
      status: 400,
      body: { __type: 'com.amazonaws.dynamodb.v20120810#TransactionConflictException', message: 'conflict' },
    }));
    await expect(transact(client, [item])).rejects.toBeInstanceOf(Conflict);
  });

  it('deletes that were left over are asked for again', async () => {
    const asked: unknown[][] = [];
    const client = dynamoDb((operation, body) => {
      if (operation === 'DeleteItem') {
        const rooms = { M: Object.fromEntries(['a', 'b', 'c'].map((room) => [room, { N: '0' }])) };
        const row = { pk: { S: 'USER#u' }, sk: { S: 'CONNECTION#c' }, connectedAt: { N: '1' }, rooms };
        return { body: { Attributes: row } };
      }
      const table = z.array(z.unknown()).parse(batch.parse(body).RequestItems.table);
      asked.push(table);
      return { body: { UnprocessedItems: table.length > 1 ? { table: table.slice(1) } : {} } };
    });
    await new Connections(client, 'table').close({ userId: 'u', connectionId: 'c' });
    expect(asked.map((requests) => requests.length)).toEqual([3, 2, 1]);
  });

  it('keys that were left unread are asked for again', async () => {
    const counter = { roomId: { S: 'r' }, item: { S: 'SEQ' }, seq: { N: '7' } };
    let calls = 0;
    const client = dynamoDb((_, body) => {
      calls++;
      if (calls > 1) return { body: { Responses: { table: [counter] }, UnprocessedKeys: {} } };
      return { body: { Responses: { table: [] }, UnprocessedKeys: batch.parse(body).RequestItems } };
    });
    const views = await new Rooms(client, 'table').readForSubscribe(['r'], 'u');
    expect(views.get('r')?.lastSeq).toBe(7);
    expect(calls).toBe(2);
  });
});

const batch = z.object({ RequestItems: z.record(z.string(), z.unknown()) });

describe('retryOnConflict', () => {
  it('tries again as long as it ends in a conflict', async () => {
    let tries = 0;
    const result = await retryOnConflict(async () => {
      if (++tries < 3) throw new Conflict();
      return 'done';
    });
    expect([result, tries]).toEqual(['done', 3]);
  });

  it('gives up in the end, and at once on any other error', async () => {
    let tries = 0;
    const attempt = (error: Error) => async () => {
      tries++;
      throw error;
    };
    await expect(retryOnConflict(attempt(new Conflict()), 100)).rejects.toBeInstanceOf(Conflict);
    expect(tries).toBeGreaterThan(1);
    tries = 0;
    await expect(retryOnConflict(attempt(new Error('other')))).rejects.toThrow('other');
    expect(tries).toBe(1);
  });
});
