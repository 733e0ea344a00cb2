import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { region } from '#local/aws.ts';
import { type DynamoDbEngine, startEngine } from '#local/engines/dynamodb-engine.ts';
import { tableProviders } from '#local/engines/dynamodb-tables.ts';
import { readAssembly } from '#local/template/assembly.ts';
import { deploy } from '#local/template/deploy.ts';
import { noEffect } from '#local/template/no-effect.ts';
import { Rewrites } from '#local/template/rewrites.ts';
import { tablesOf } from '#local/template/tables-of.ts';
import { connectionKeys } from '#shared/storage/keys.ts';
import { storage } from './contract.ts';
import { peersTable } from './peers-table.ts';
import { serve } from './serve.ts';
import { shardsOfThousand } from './shards-of-thousand.ts';

/** BatchWriteItem's limit. */
const batchSize = 25;

let engine: DynamoDbEngine | undefined;
let documents: DynamoDBDocumentClient | undefined;
let connectionsTable = '';

serve(
  storage,
  {
    start: async ({ assembly, folder }) => {
      engine = await startEngine({ dataDir: folder, onWarning: (line) => console.error(line) });
      const client = new DynamoDBClient({
        endpoint: engine.url,
        region,
        credentials: { accessKeyId: 'fanfare', secretAccessKey: 'fanfare' },
      });
      documents = DynamoDBDocumentClient.from(client);
      const read = readAssembly(assembly);
      const stacks = read.stacks
        .filter(({ name }) => name === 'FanfareData')
        .map((stack) => ({ ...stack, template: tablesOf(stack.template) }));
      const providers = { ...noEffect, ...tableProviders({ client, onExpiring: () => {} }) };
      const { resources } = await deploy({ ...read, stacks }, providers, { rewrites: new Rewrites() });
      const table = (id: string) => resources.find(({ logicalId }) => logicalId.startsWith(id))?.ref ?? '';
      connectionsTable = table('Connections');
      return {
        url: engine.url,
        tables: { CONNECTIONS_TABLE: connectionsTable, ROOMS_TABLE: table('Rooms') },
      };
    },

    fill: async ({ rooms, connections }) => {
      for (const { room, size } of rooms) {
        const some = connections.slice(0, size);
        await createPeersTable(room);
        await write(
          peersTable(room),
          some.map((connectionId) => ({ connectionId })),
        );
        await write(
          connectionsTable,
          shardsOfThousand(some).flatMap((shard, index) =>
            shard.map((connectionId) => ({
              ...connectionKeys.subscription(room, index, connectionId),
              userId: `person-${connectionId}`,
            })),
          ),
        );
      }
      return {};
    },
  },
  async () => await engine?.stop(),
);

/** One table a room: the peers' design knows one room, and scans its table for each message. */
async function createPeersTable(room: string): Promise<void> {
  await documents?.send(
    new CreateTableCommand({
      TableName: peersTable(room),
      KeySchema: [{ AttributeName: 'connectionId', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'connectionId', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
}

async function write(table: string, rows: object[]): Promise<void> {
  for (let start = 0; start < rows.length; start += batchSize) {
    const requests = rows.slice(start, start + batchSize).map((Item) => ({ PutRequest: { Item } }));
    await documents?.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
  }
}
