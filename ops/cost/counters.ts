import { type CloudWatchClient, paginateListMetrics } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { type MetricName as FanfareMetric, metrics, namespace } from '#shared/observability/metrics.ts';
import { roomsByUser } from '#shared/storage/keys.ts';
import { findFunctions, findQueues, findTables, tableIds } from '../deployment.ts';
import type { Counters } from './cost-of.ts';
import { MetricSums } from './metric-sums.ts';

/** What Fanfare itself counted, for the headline. */
export interface Fanout {
  sends: number;
  deliveries: number;
  frames: number;
  posts: number;
}

/** Where it is counted. */
export interface CountedBy {
  cloudWatch: CloudWatchClient;
  lambda: LambdaClient;
  sqs: SQSClient;
  dynamodb: DynamoDBClient;
}

/** The stage's name in stacks/edge.ts: how a WebSocket API is known for Fanfare's among an account's. */
const webSocketStage = 'ws';

/** What API Gateway writes a line to for each frame of a client, and for each request (stacks/realtime.ts, stacks/api.ts). */
const accessLogs = ['/fanfare/access/websocket', '/fanfare/access/http'];

/** Reads every counter that costs money from CloudWatch. */
export async function readCounters(
  { cloudWatch, lambda, sqs, dynamodb }: CountedBy,
  since: Date,
  until: Date,
  onProgress: (line: string) => void,
): Promise<{ counters: Counters; fanout: Fanout }> {
  onProgress('Looking for functions, queues and tables');
  const [functions, queues, tables, apiIds] = await Promise.all([
    findFunctions(lambda),
    findQueues(sqs),
    findTables(dynamodb),
    findWebSocketApis(cloudWatch),
  ]);

  const sums = new MetricSums(since, until);
  const add = (space: string, metric: string, dimensions: Record<string, string>) =>
    sums.add({ namespace: space, metric, dimensions });
  const own = (metric: FanfareMetric & keyof typeof metrics) =>
    add(namespace, metric, { service: metrics[metric].service });

  const ownCounts = {
    sends: own('Sends'),
    deliveries: own('Deliveries'),
    frames: own('Frames'),
    posts: own('Posts'),
    events: own('PublishedEvents'),
  };
  const messageCounts = apiIds.map((ApiId) =>
    add('AWS/ApiGateway', 'MessageCount', { ApiId, Stage: webSocketStage }),
  );
  const functionCounts = [...functions].map(([service, { FunctionName = '', MemorySize = 0 }]) => ({
    service,
    memoryMb: MemorySize,
    invocations: add('AWS/Lambda', 'Invocations', { FunctionName }),
    durationMs: add('AWS/Lambda', 'Duration', { FunctionName }),
  }));
  const queueCounts = [...queues.keys()].map((QueueName) => ({
    queue: QueueName,
    sent: add('AWS/SQS', 'NumberOfMessagesSent', { QueueName }),
    received: add('AWS/SQS', 'NumberOfMessagesReceived', { QueueName }),
    deleted: add('AWS/SQS', 'NumberOfMessagesDeleted', { QueueName }),
    emptyReceives: add('AWS/SQS', 'NumberOfEmptyReceives', { QueueName }),
  }));
  const tableCounts = tableIds.flatMap((table) => {
    const TableName = tables[table];
    if (TableName === undefined) return [];
    // An index has units of its own, which its table's do not hold.
    const dimensions = [{ TableName }, ...(table === 'Rooms' ? [{ TableName, ...roomsIndex }] : [])];
    return dimensions.map((each) => ({
      table: 'GlobalSecondaryIndexName' in each ? `${table} ${roomsByUser}` : table,
      readUnits: add('AWS/DynamoDB', 'ConsumedReadCapacityUnits', each),
      writeUnits: add('AWS/DynamoDB', 'ConsumedWriteCapacityUnits', each),
    }));
  });
  const logGroups = [...functions].map(
    ([service, { LoggingConfig }]) => LoggingConfig?.LogGroup ?? `/fanfare/${service}`,
  );
  const logCounts = [...logGroups, ...accessLogs].map((group) => ({
    group,
    bytes: add('AWS/Logs', 'IncomingBytes', { LogGroupName: group }),
  }));

  await sums.read(cloudWatch, (read, all) => onProgress(`Reading counters: ${read} of ${all}`));
  return {
    fanout: {
      sends: ownCounts.sends() ?? 0,
      deliveries: ownCounts.deliveries() ?? 0,
      frames: ownCounts.frames() ?? 0,
      posts: ownCounts.posts() ?? 0,
    },
    counters: {
      deliveries: ownCounts.deliveries(),
      webSocketMessages: total(messageCounts.map((value) => value())),
      functions: functionCounts.map(({ invocations, durationMs, ...fn }) => ({
        ...fn,
        invocations: invocations(),
        durationMs: durationMs(),
      })),
      queues: queueCounts.map(({ queue, sent, received, deleted, emptyReceives }) => ({
        queue,
        sent: sent(),
        received: received(),
        deleted: deleted(),
        emptyReceives: emptyReceives(),
      })),
      tables: tableCounts.map(({ table, readUnits, writeUnits }) => ({
        table,
        readUnits: readUnits(),
        writeUnits: writeUnits(),
      })),
      events: ownCounts.events(),
      logs: logCounts.map(({ group, bytes }) => ({ group, bytes: bytes() })),
    },
  };
}

const roomsIndex = { GlobalSecondaryIndexName: roomsByUser };

/** CloudWatch lists metrics with values of the last two weeks. */
async function findWebSocketApis(client: CloudWatchClient): Promise<string[]> {
  const ids = new Set<string>();
  const pages = paginateListMetrics(
    { client },
    {
      Namespace: 'AWS/ApiGateway',
      MetricName: 'MessageCount',
      Dimensions: [{ Name: 'Stage', Value: webSocketStage }],
    },
  );
  for await (const { Metrics = [] } of pages) {
    for (const { Dimensions = [] } of Metrics) {
      const id = Dimensions.find(({ Name }) => Name === 'ApiId')?.Value;
      if (id !== undefined) ids.add(id);
    }
  }
  return [...ids];
}

/** Undefined where no value is known. */
function total(values: (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0);
}
