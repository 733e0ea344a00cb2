import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { arn, physicalName, stableId } from '#local/aws.ts';
import { ignored, parseProperties } from '#local/template/properties.ts';
import type { Created, Providers, Resource } from '#local/template/provider.ts';
import type { ExpiringTable } from './dynamodb-ttl.ts';

/** A table that was kept from an earlier run does not match the template. `message` is one sentence. */
class KeptTableError extends Error {
  override readonly name = 'KeptTableError';
}

const keySchema = z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const projection = z.strictObject({
  ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']).optional(),
  NonKeyAttributes: z.array(z.string()).optional(),
});
const index = z.strictObject({ IndexName: z.string(), KeySchema: keySchema, Projection: projection });
const globalIndex = index.extend({
  ContributorInsightsSpecification: ignored,
  OnDemandThroughput: ignored,
  ProvisionedThroughput: ignored,
  ReadOnDemandThroughputSettings: ignored,
  ReadProvisionedThroughputSettings: ignored,
  WarmThroughput: ignored,
  WriteOnDemandThroughputSettings: ignored,
  WriteProvisionedThroughputSettings: ignored,
});
const table = z.strictObject({
  TableName: z.string().optional(),
  KeySchema: keySchema,
  AttributeDefinitions: z.array(
    z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  GlobalSecondaryIndexes: z.array(globalIndex).optional(),
  LocalSecondaryIndexes: z.array(index).optional(),
  StreamSpecification: z
    .strictObject({
      StreamViewType: z.enum(['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']),
      ResourcePolicy: ignored,
    })
    .optional(),
  TimeToLiveSpecification: z
    .strictObject({ AttributeName: z.string().optional(), Enabled: z.boolean() })
    .optional(),
  // On demand here, whatever the template says: no throughput is metered.
  BillingMode: z.enum(['PAY_PER_REQUEST', 'PROVISIONED']).optional(),
  // How much, how safely and where AWS stores and meters a table.
  ContributorInsightsSpecification: ignored,
  DeletionProtectionEnabled: ignored,
  OnDemandThroughput: ignored,
  PointInTimeRecoverySpecification: ignored,
  ProvisionedThroughput: ignored,
  ReadOnDemandThroughputSettings: ignored,
  ReadProvisionedThroughputSettings: ignored,
  Replicas: ignored,
  ResourcePolicy: ignored,
  SSESpecification: ignored,
  TableClass: ignored,
  Tags: ignored,
  WarmThroughput: ignored,
  WriteOnDemandThroughputSettings: ignored,
  WriteProvisionedThroughputSettings: ignored,
});
type Table = z.infer<typeof table>;

export interface TableProviderOptions {
  client: DynamoDBClient;
  /** Told of each table with a time to live, once it exists. */
  onExpiring(table: ExpiringTable): void;
}

/** `AWS::DynamoDB::GlobalTable` (CDK's TableV2) and `AWS::DynamoDB::Table`. Tables kept from an earlier run are found again. */
export function tableProviders(options: TableProviderOptions): Providers {
  const provide = (resource: Resource) => provideTable(resource, options);
  return { 'AWS::DynamoDB::GlobalTable': provide, 'AWS::DynamoDB::Table': provide };
}

async function provideTable(
  resource: Resource,
  { client, onExpiring }: TableProviderOptions,
): Promise<Created> {
  const wanted = parseProperties(resource, table);
  const name = wanted.TableName ?? physicalName(resource.stack, resource.logicalId);
  const kept = await describe(client, name);
  if (!kept) await create(client, name, wanted);
  else await adopt(client, name, wanted, kept);
  const made = await untilActive(client, name);

  const ttl = wanted.TimeToLiveSpecification;
  await setTimeToLive(client, name, ttl?.Enabled ? ttl.AttributeName : undefined);
  if (ttl?.Enabled && ttl.AttributeName) {
    const keys = wanted.KeySchema.map(({ AttributeName }) => AttributeName);
    onExpiring({ name, attribute: ttl.AttributeName, keys });
  }
  return {
    ref: name,
    attributes: {
      Arn: arn('dynamodb', `table/${name}`),
      // DynamoDB Local gives none.
      TableId: made.TableId ?? stableId(name, 32),
      // The engine's own: it is what DynamoDB Streams calls take.
      ...(wanted.StreamSpecification && made.LatestStreamArn && { StreamArn: made.LatestStreamArn }),
    },
  };
}

async function create(client: DynamoDBClient, name: string, wanted: Table): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: wanted.KeySchema,
      AttributeDefinitions: wanted.AttributeDefinitions,
      GlobalSecondaryIndexes: wanted.GlobalSecondaryIndexes?.map(engineIndex),
      LocalSecondaryIndexes: wanted.LocalSecondaryIndexes?.map(engineIndex),
      StreamSpecification: streamOf(wanted),
    }),
  );
}

function engineIndex({ IndexName, KeySchema, Projection }: z.infer<typeof index>) {
  return { IndexName, KeySchema, Projection };
}

function streamOf({ StreamSpecification }: Table) {
  return StreamSpecification && { StreamEnabled: true, StreamViewType: StreamSpecification.StreamViewType };
}

/** Keeps an existing table that has the same keys and indexes. A stream may be added to it, but not changed. */
async function adopt(
  client: DynamoDBClient,
  name: string,
  wanted: Table,
  kept: TableDescription,
): Promise<void> {
  const wantedStream = wanted.StreamSpecification?.StreamViewType;
  const keptStream = kept.StreamSpecification?.StreamEnabled
    ? kept.StreamSpecification.StreamViewType
    : undefined;
  const differs =
    shape(wanted) !== shape(kept)
      ? 'keys or indexes'
      : wantedStream && keptStream && wantedStream !== keptStream && 'stream images';
  if (differs) {
    throw new KeptTableError(
      `The table ${name} was kept from an earlier run with other ${differs} than the template's: start with --fresh, which deletes the kept data.`,
    );
  }
  if (wantedStream && !keptStream) {
    await client.send(new UpdateTableCommand({ TableName: name, StreamSpecification: streamOf(wanted) }));
  }
}

interface Keyed {
  KeySchema?: { AttributeName?: string | undefined; KeyType?: string | undefined }[] | undefined;
}

interface ShapedIndex extends Keyed {
  IndexName?: string | undefined;
  Projection?: { ProjectionType?: string | undefined; NonKeyAttributes?: string[] | undefined } | undefined;
}

interface Shaped extends Keyed {
  AttributeDefinitions?:
    | { AttributeName?: string | undefined; AttributeType?: string | undefined }[]
    | undefined;
  GlobalSecondaryIndexes?: ShapedIndex[] | undefined;
  LocalSecondaryIndexes?: ShapedIndex[] | undefined;
}

/** What cannot change under kept data, as comparable text. */
function shape({
  KeySchema,
  AttributeDefinitions,
  GlobalSecondaryIndexes,
  LocalSecondaryIndexes,
}: Shaped): string {
  const keysOf = (keys: Keyed['KeySchema']) =>
    (keys ?? []).map((key) => `${key.AttributeName} ${key.KeyType}`);
  const indexes = [...(GlobalSecondaryIndexes ?? []), ...(LocalSecondaryIndexes ?? [])].map((each) => [
    each.IndexName,
    keysOf(each.KeySchema),
    each.Projection?.ProjectionType,
    [...(each.Projection?.NonKeyAttributes ?? [])].sort(),
  ]);
  return JSON.stringify([
    keysOf(KeySchema),
    (AttributeDefinitions ?? []).map((each) => `${each.AttributeName} ${each.AttributeType}`).sort(),
    indexes.map((each) => JSON.stringify(each)).sort(),
  ]);
}

async function setTimeToLive(
  client: DynamoDBClient,
  name: string,
  attribute: string | undefined,
): Promise<void> {
  const { TimeToLiveDescription: now } = await client.send(
    new DescribeTimeToLiveCommand({ TableName: name }),
  );
  const enabled = now?.TimeToLiveStatus === 'ENABLED' ? now.AttributeName : undefined;
  if (enabled === attribute) return;
  const update = (AttributeName: string, Enabled: boolean) =>
    client.send(
      new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: { AttributeName, Enabled } }),
    );
  if (enabled) await update(enabled, false);
  if (attribute) await update(attribute, true);
}

async function untilActive(client: DynamoDBClient, name: string): Promise<TableDescription> {
  for (;;) {
    const description = await describe(client, name);
    if (description?.TableStatus === 'ACTIVE') return description;
    await delay(50);
  }
}

async function describe(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    const { Table: description } = await client.send(new DescribeTableCommand({ TableName: name }));
    return description;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
