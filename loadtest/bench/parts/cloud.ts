import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { decodeJwt } from 'jose';
import { region } from '#local/aws.ts';
import { type Cloud, startCloud } from '#local/cloud.ts';
import { Clock } from '#local/cloudwatch/clock.ts';
import { ingestEmf } from '#local/cloudwatch/emf.ts';
import { MetricStore } from '#local/cloudwatch/metric-store.ts';
import { operator } from '#local/credentials.ts';
import { metrics, namespace } from '#shared/observability/metrics.ts';
import { roomKeys } from '#shared/storage/keys.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { shardSize } from '#shared/storage/shards.ts';
import { type BenchRoom, cloud as contract, type StageMetric } from './contract.ts';
import { serve } from './serve.ts';
import { unbounded } from './unbounded.ts';

let cloud: Cloud | undefined;
/** Metrics as functions logged them. They are read between the rounds, so that reading them costs a round nothing. */
let lines: string[] = [];

serve(
  contract,
  {
    start: async ({ assembly, folder, rooms, people }) => {
      cloud = await startCloud({ assembly, port: 0, dataDir: folder, limits: unbounded });
      cloud.logs.onLine((_, line) => {
        if (line.includes('"_aws"')) lines.push(line);
      });
      cloud.lambda.warm();
      const members = await signUp(cloud, people);
      await createRooms(cloud, rooms, members);
      return { url: cloud.url, tokens: members.map(({ token }) => token) };
    },

    forgetMetrics: () => {
      lines = [];
      return {};
    },

    metrics: () => {
      const store = new MetricStore(new Clock(), () => {});
      for (const line of lines) ingestEmf(store, '', line);
      return Object.fromEntries(
        Object.entries(metrics).map(([name, { service }]) => [name, read(store, name, service)]),
      );
    },
  },
  async () => await cloud?.stop(),
);

interface Person {
  userId: string;
  name: string;
  token: string;
}

async function signUp(cloud: Cloud, count: number): Promise<Person[]> {
  const people: Person[] = [];
  for (let index = 0; index < count; index++) {
    const name = `bench-${index}`;
    const { accessToken } = await cloud.identity.accessToken(name);
    people.push({ name, token: accessToken, userId: decodeJwt(accessToken).sub ?? '' });
  }
  return people;
}

/** Rooms with as many shards as they would have grown to: the count doubles with each growth. */
async function createRooms(cloud: Cloud, sizes: BenchRoom[], members: Person[]): Promise<void> {
  const table = cloud.deployment
    .find('AWS::DynamoDB::GlobalTable')
    .find(({ logicalId }) => logicalId.startsWith('Rooms'))?.ref;
  if (table === undefined) throw new Error('The data stack has no table of rooms');
  const documents = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: cloud.dynamodb.proxy.url,
      region,
      credentials: cloud.credentials.issue(operator),
    }),
  );
  const rooms = new Rooms(documents, table);
  for (const { room, size } of sizes) {
    const now = Date.now();
    await rooms.create({ roomId: room, name: room, visibility: 'private', mode: 'open' }, now);
    for (const { userId, name } of members) await rooms.addMember(room, { userId, name }, now);
    await documents.send(
      new UpdateCommand({
        TableName: table,
        Key: roomKeys.room(room),
        UpdateExpression: 'SET shardCounts = :counts',
        ExpressionAttributeValues: {
          ':counts': [{ shards: 2 ** Math.ceil(Math.log2(Math.max(1, size / shardSize))), from: 0 }],
        },
      }),
    );
  }
  documents.destroy();
}

function read(store: MetricStore, name: string, service: string): StageMetric {
  const values = store.read(
    { namespace, name, dimensions: { service } },
    store.oldest(),
    Date.now() + 60_000,
  );
  return {
    count: values?.count ?? 0,
    sum: values?.sum ?? 0,
    p50: values?.percentile(50) ?? Number.NaN,
    p99: values?.percentile(99) ?? Number.NaN,
  };
}
