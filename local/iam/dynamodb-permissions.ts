import { z } from 'zod';
import { arn } from '#local/aws.ts';
import type { Permission } from './authorize.ts';

const oneTable = z.object({ TableName: z.string(), IndexName: z.string().optional() });
const oneStream = z.object({ StreamArn: z.string() });
const batch = z.object({ RequestItems: z.record(z.string(), z.unknown()) });
const transaction = z.object({ TransactItems: z.array(z.record(z.string(), oneTable)) });

/** The action that an item of a transaction needs on its table ("Using IAM with DynamoDB transactions"). */
const transactionActions: Record<string, string> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

/** A shard iterator's stream is the engine's secret, so `GetRecords` is for roles that may read every stream. */
const onNoResource = new Set(['ListTables', 'ListStreams', 'GetRecords']);

/**
 * What a call of DynamoDB's API, or its streams', needs; undefined where that is not known here (PartiQL, calls that name no table).
 * @param operation as `PutItem`
 * @param json the call's body
 */
export function dynamoDbPermissions(operation: string, json: Buffer): Permission[] | undefined {
  const body = parse(json);
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem') {
    const call = batch.safeParse(body);
    return call.success
      ? Object.keys(call.data.RequestItems).map((table) => permission(operation, table))
      : undefined;
  }
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems') {
    const call = transaction.safeParse(body);
    return call.success ? call.data.TransactItems.flatMap(itemPermissions) : undefined;
  }
  if (onNoResource.has(operation)) return [{ action: `dynamodb:${operation}`, resource: '*' }];
  const stream = oneStream.safeParse(body);
  if (stream.success) return [{ action: `dynamodb:${operation}`, resource: stream.data.StreamArn }];
  const call = oneTable.safeParse(body);
  return call.success ? [permission(operation, call.data.TableName, call.data.IndexName)] : undefined;
}

function itemPermissions(item: z.infer<typeof transaction>['TransactItems'][number]): Permission[] {
  return Object.entries(item).map(([kind, { TableName }]) =>
    permission(transactionActions[kind] ?? kind, TableName),
  );
}

/** What is no JSON names no table. */
function parse(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}

/** A call that reads an index needs the action on the index alone. */
function permission(operation: string, table: string, index?: string): Permission {
  // A call may name a table by its ARN.
  const tableArn = table.startsWith('arn:') ? table : arn('dynamodb', `table/${table}`);
  return {
    action: `dynamodb:${operation}`,
    resource: index === undefined ? tableArn : `${tableArn}/index/${index}`,
  };
}
