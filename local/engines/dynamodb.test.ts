import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Credentials } from '#local/credentials.ts';
import type { Created, Resource } from '#local/template/provider.ts';
import { type DynamoDb, startDynamoDb } from './dynamodb.ts';
import { EngineUnavailableError, isJavaInstalled } from './dynamodb-engine.ts';
import { indexStreamRecords } from './dynoxide-indexes.ts';

const credentials = new Credentials();
const key = credentials.issue({ functionName: 'send', roleArn: 'arn:aws:iam::000000000000:role/send' });
const authorize = () => undefined;
const java = await isJavaInstalled();

describe.each(['dynoxide', 'dynamodb-local'] as const)('DynamoDB by %s', { timeout: 60_000 }, (engine) => {
  const runs = engine === 'dynoxide' || java;
  let dataDir: string;
  let dynamodb: DynamoDb;
  let client: DynamoDBClient;
  let created: Created;
  const warnings: string[] = [];

  async function start() {
    dynamodb = await startDynamoDb({
      engine,
      dataDir,
      credentials,
      authorize,
      onWarning: (line) => warnings.push(line),
      ttlSweepMs: 50,
    });
    client = sdk(dynamodb);
  }

  beforeAll(async () => {
    if (!runs) return;
    dataDir = await mkdtemp(join(tmpdir(), 'fanfare-dynamodb-'));
    await start();
    created = await provide(dynamodb, roomsTable);
  }, 60_000);

  afterAll(async () => {
    if (!runs) return;
    client.destroy();
    await dynamodb.stop();
    await rm(dataDir, { recursive: true });
  });

  it.runIf(runs)('makes the table that the template says', async () => {
    expect(created.ref).toMatch(/^Data-Rooms-/);
    expect(created.attributes).toEqual({
      Arn: `arn:aws:dynamodb:us-east-1:000000000000:table/${created.ref}`,
      StreamArn: expect.stringContaining('/stream/'),
      TableId: expect.any(String),
    });
    const { Table } = await client.send(new DescribeTableCommand({ TableName: created.ref }));
    expect(Table).toMatchObject({
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    const ttl = await client.send(new DescribeTimeToLiveCommand({ TableName: created.ref }));
    expect(ttl.TimeToLiveDescription).toMatchObject({
      AttributeName: 'expiresAt',
      TimeToLiveStatus: 'ENABLED',
    });
    expect(warnings).toEqual([]);
  });

  it.runIf(runs)('answers reads and writes of the table and its index', async () => {
    await put('a', '1', { user: { S: 'alice' } });
    const index = await client.send(
      new QueryCommand({
        TableName: created.ref,
        IndexName: 'byUser',
        KeyConditionExpression: '#user = :user',
        ExpressionAttributeNames: { '#user': 'user' },
        ExpressionAttributeValues: { ':user': { S: 'alice' } },
      }),
    );
    expect(index.Items).toEqual([{ pk: { S: 'a' }, sk: { S: '1' }, user: { S: 'alice' } }]);
  });

  it.runIf(runs)('passes a megabyte through, both ways', async () => {
    const big = 'ü'.repeat(190_000);
    await Promise.all(['1', '2', '3'].map((sk) => put('big', sk, { body: { S: big } })));
    const found = await client.send(
      new QueryCommand({
        TableName: created.ref,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: 'big' } },
      }),
    );
    expect(found.Items?.map((item) => item.body?.S === big)).toContain(true);
  });

  it.runIf(runs)("lets the engine's own errors through", async () => {
    const conditional = new PutItemCommand({
      TableName: created.ref,
      Item: { pk: { S: 'once' }, sk: { S: '1' } },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    await client.send(conditional);
    await expect(client.send(conditional)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    await expect(client.send(new ScanCommand({ TableName: 'absent' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it.runIf(runs)('refuses a key that nobody was given', async () => {
    const stranger = sdk(dynamodb, { accessKeyId: 'AKIAFORGED', secretAccessKey: 'x' });
    await expect(stranger.send(new ScanCommand({ TableName: created.ref }))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      $metadata: { httpStatusCode: 400 },
    });
    const unsigned = await fetch(dynamodb.proxy.url, { method: 'POST', body: '{}' });
    expect(unsigned.status).toBe(400);
    stranger.destroy();
  });

  it.runIf(runs)('tells of successful writes, by table, and of nothing else', async () => {
    const told: string[][] = [];
    const stop = dynamodb.proxy.onWrite((tables) => told.push([...tables]));
    const Item = { pk: { S: 'w' }, sk: { S: '1' } };
    await client.send(new GetItemCommand({ TableName: created.ref, Key: Item }));
    await client
      .send(new PutItemCommand({ TableName: created.ref, Item, ConditionExpression: 'attribute_exists(pk)' }))
      .catch(() => {});
    await client.send(new PutItemCommand({ TableName: created.ref, Item }));
    await client.send(
      new BatchWriteItemCommand({ RequestItems: { [created.ref]: [{ PutRequest: { Item } }] } }),
    );
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: ['2', '3'].map((sk) => ({
          Put: { TableName: created.ref, Item: { ...Item, sk: { S: sk } } },
        })),
      }),
    );
    await vi.waitFor(() => expect(told).toEqual([[created.ref], [created.ref], [created.ref]]));
    stop();
  });

  it.runIf(runs)('injects the faults that a test asks for', async () => {
    let left = 2;
    dynamodb.proxy.faults = (target) => {
      if (target !== 'PutItem' || left === 0) return undefined;
      left -= 1;
      return { status: 400, type: 'ProvisionedThroughputExceededException', message: 'Slow down' };
    };
    const once = sdk(dynamodb, key, 1);
    const write = new PutItemCommand({ TableName: created.ref, Item: { pk: { S: 'f' }, sk: { S: '1' } } });
    await expect(once.send(write)).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
    await put('f', '1');
    expect(left).toBe(0);
    delete dynamodb.proxy.faults;
    once.destroy();
  });

  it.runIf(runs)('streams what is written', async () => {
    await put('streamed', '1');
    const records = await streamRecords(dynamodb, created.attributes?.StreamArn);
    expect(records.map(({ dynamodb }) => dynamodb?.Keys?.pk?.S)).toContain('streamed');
  });

  it.runIf(engine === 'dynoxide')('deletes expired items, and knows that it did', async () => {
    const now = Math.floor(Date.now() / 1000);
    const told: string[] = [];
    const stop = dynamodb.proxy.onWrite((tables) => told.push(...tables));
    await put('ttl', 'future', { expiresAt: { N: String(now + 3_600) } });
    await put('ttl', 'text', { expiresAt: { S: '1' } });
    await put('ttl', 'ancient', { expiresAt: { N: '1' } });
    await put('ttl', 'past', { expiresAt: { N: String(now - 10) } });
    await vi.waitFor(async () => {
      const left = await client.send(
        new QueryCommand({
          TableName: created.ref,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: 'ttl' } },
        }),
      );
      expect(left.Items?.map(({ sk }) => sk?.S)).toEqual(['ancient', 'future', 'text']);
    }, 10_000);
    const keys = (sk: string) => ({ sk: { S: sk }, pk: { S: 'ttl' } });
    expect(dynamodb.isTtlDelete(created.ref, keys('past'))).toBe(true);
    expect(dynamodb.isTtlDelete(created.ref, keys('future'))).toBe(false);
    await vi.waitFor(() => expect(told).toHaveLength(5));
    stop();
  });

  it.runIf(engine === 'dynoxide')("indexes the engine's stream records, so that streams stay fast", () => {
    const database = new DatabaseSync(join(dataDir, 'dynamodb', 'dynoxide.db'), { readOnly: true });
    const last = database.prepare(
      `EXPLAIN QUERY PLAN SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = 'a'`,
    );
    expect(JSON.stringify(last.all())).toContain('fanfare_stream_by_table');
    database.close();
  });

  it.runIf(runs)('keeps tables and items from run to run, unless their keys change', async () => {
    await put('kept', '1');
    client.destroy();
    await dynamodb.stop();
    await start();
    const again = await provide(dynamodb, roomsTable);
    expect(again).toEqual(created);
    const { Item } = await client.send(
      new GetItemCommand({ TableName: again.ref, Key: { pk: { S: 'kept' }, sk: { S: '1' } } }),
    );
    expect(Item).toBeDefined();
    const changed = { ...roomsTable.properties, GlobalSecondaryIndexes: undefined };
    await expect(provide(dynamodb, { ...roomsTable, properties: changed })).rejects.toThrow(/--fresh/);
  });

  it.runIf(runs)('names the property that it does not play', async () => {
    const properties = { ...roomsTable.properties, KinesisStreamSpecification: { StreamArn: 'x' } };
    await expect(provide(dynamodb, { ...roomsTable, properties })).rejects.toThrow(
      'Rooms (AWS::DynamoDB::GlobalTable) in stack Data, KinesisStreamSpecification: the local cloud does not play this property.',
    );
  });

  it.runIf(runs)('serves an engine that runs elsewhere', async () => {
    const elsewhere = await startDynamoDb({
      engine: new URL(dynamodb.engineUrl),
      dataDir,
      credentials,
      authorize,
      onWarning: (line) => warnings.push(line),
    });
    const other = sdk(elsewhere);
    expect((await other.send(new ScanCommand({ TableName: created.ref, Limit: 1 }))).Count).toBe(1);
    other.destroy();
    await elsewhere.stop();
    await put('still', 'there');
  });

  async function put(pk: string, sk: string, more = {}) {
    await client.send(
      new PutItemCommand({ TableName: created.ref, Item: { pk: { S: pk }, sk: { S: sk }, ...more } }),
    );
  }
});

it('says which engine does not answer', async () => {
  const absent = startDynamoDb({
    engine: new URL('http://127.0.0.1:1'),
    dataDir: tmpdir(),
    credentials,
    authorize,
    onWarning: () => {},
  });
  await expect(absent).rejects.toThrow(EngineUnavailableError);
  await expect(absent).rejects.toThrow('http://127.0.0.1:1 does not answer');
});

it('says that Java is missing', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const engine = 'dynamodb-local';
  const started = startDynamoDb({ engine, dataDir: tmpdir(), credentials, authorize, onWarning: () => {} });
  await expect(started).rejects.toThrow('DynamoDB Local needs Java: no `java` of version 17 or later');
  vi.unstubAllEnvs();
});

it('says why the streams of another version cannot be indexed', () => {
  expect(indexStreamRecords(':memory:')).toContain('no such table: main._stream_records');
});

const roomsTable: Resource = {
  stack: 'Data',
  logicalId: 'Rooms',
  type: 'AWS::DynamoDB::GlobalTable',
  metadata: {},
  properties: {
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: 'user', AttributeType: 'S' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byUser',
        KeySchema: [{ AttributeName: 'user', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    Replicas: [
      {
        Region: 'us-east-1',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
      },
    ],
    SSESpecification: { SSEEnabled: false },
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  },
};

async function provide(dynamodb: DynamoDb, resource: Resource): Promise<Created> {
  const provider = dynamodb.providers[resource.type];
  if (!provider) throw new Error(`no provider of ${resource.type}`);
  return provider(resource);
}

function sdk(dynamodb: DynamoDb, signedWith = key, maxAttempts = 3): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: dynamodb.endpoints().AWS_ENDPOINT_URL_DYNAMODB ?? '',
    region: 'us-east-1',
    credentials: signedWith,
    maxAttempts,
  });
}

async function streamRecords(dynamodb: DynamoDb, StreamArn: string | undefined) {
  const streams = new DynamoDBStreamsClient({
    endpoint: dynamodb.engineUrl,
    region: 'us-east-1',
    credentials: key,
  });
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const pages = (StreamDescription?.Shards ?? []).map(async ({ ShardId }) => {
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    return (await streams.send(new GetRecordsCommand({ ShardIterator }))).Records ?? [];
  });
  const records = (await Promise.all(pages)).flat();
  streams.destroy();
  return records;
}
