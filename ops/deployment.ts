import { type DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { type FunctionConfiguration, type LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { paginateListQueues, type SQSClient } from '@aws-sdk/client-sqs';
import { OpsError } from './explain.ts';

/** What stacks/ names itself begins with this: functions, queues, the event bus. */
export const prefix = 'fanfare-';

/** The functions of the stacks, by their services' names. */
export const services = [
  'api',
  'attachments',
  'authenticate',
  'authorize',
  'connect',
  'default',
  'delete-message',
  'deliver',
  'disconnect',
  'dispatch',
  'edit-message',
  'mark-read',
  'notify',
  'post-authentication',
  'presence',
  'publish',
  'react',
  'send-message',
  'subscribe',
  'sweep',
  'typing',
  'unsubscribe',
  'webhooks',
] as const;

/** The tables of the data stack, by their ids there. */
export const tableIds = ['Connections', 'Messages', 'People', 'Rooms'] as const;

export type TableId = (typeof tableIds)[number];

/** Names of the data stack's tables by their ids: CloudFormation makes them up of stack, id and a random end. */
export async function findTables(client: DynamoDBClient): Promise<Partial<Record<TableId, string>>> {
  const names: string[] = [];
  for await (const { TableNames = [] } of paginateListTables({ client }, {})) names.push(...TableNames);
  return Object.fromEntries(
    tableIds.flatMap((id) => {
      const found = names.find((name) => name.startsWith(`FanfareData-${id}`));
      return found === undefined ? [] : [[id, found]];
    }),
  );
}

/** @throws OpsError where Fanfare is not deployed there */
export async function findTable(client: DynamoDBClient, id: TableId): Promise<string> {
  const name = (await findTables(client))[id];
  if (name === undefined)
    throw new OpsError(`No table FanfareData-${id}… here: is Fanfare deployed in this region?`);
  return name;
}

/** URLs of Fanfare's queues by their names. */
export async function findQueues(client: SQSClient): Promise<Map<string, string>> {
  const queues = new Map<string, string>();
  for await (const { QueueUrls = [] } of paginateListQueues(
    { client },
    { QueueNamePrefix: prefix, MaxResults: 1000 },
  )) {
    for (const url of QueueUrls) queues.set(url.slice(url.lastIndexOf('/') + 1), url);
  }
  return queues;
}

/** Fanfare's functions by their services' names. */
export async function findFunctions(client: LambdaClient): Promise<Map<string, FunctionConfiguration>> {
  const functions = new Map<string, FunctionConfiguration>();
  for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
    for (const fn of Functions) {
      if (fn.FunctionName?.startsWith(prefix)) functions.set(fn.FunctionName.slice(prefix.length), fn);
    }
  }
  return functions;
}
