import { z } from 'zod';

const oneTable = z.object({ TableName: z.string() });
const batch = z.object({ RequestItems: z.record(z.string(), z.unknown()) });
const transaction = z.object({
  TransactItems: z.array(
    z.object({ Put: oneTable.optional(), Update: oneTable.optional(), Delete: oneTable.optional() }),
  ),
});

/** The tables that a call wrote to; none for a read. (PartiQL writes are not seen: a poller finds them at its next poll.) */
export function writtenTables(target: string, body: Buffer): string[] {
  switch (target) {
    case 'PutItem':
    case 'UpdateItem':
    case 'DeleteItem': {
      const call = oneTable.safeParse(parse(body));
      return call.success ? [tableName(call.data.TableName)] : [];
    }
    case 'BatchWriteItem': {
      const call = batch.safeParse(parse(body));
      return call.success ? Object.keys(call.data.RequestItems).map(tableName) : [];
    }
    case 'TransactWriteItems': {
      const call = transaction.safeParse(parse(body));
      if (!call.success) return [];
      const names = call.data.TransactItems.flatMap(({ Put, Update, Delete }) => {
        const name = (Put ?? Update ?? Delete)?.TableName;
        return name ? [tableName(name)] : [];
      });
      return [...new Set(names)];
    }
    default:
      return [];
  }
}

/** The SDK writes valid JSON, and the engine has accepted it. */
function parse(body: Buffer): unknown {
  return JSON.parse(body.toString());
}

/** A call may name a table by its ARN: `arn:aws:dynamodb:…:table/<name>`. */
function tableName(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
}
