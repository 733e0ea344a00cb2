import { z } from 'zod';
import type { Observe } from '#local/cloudwatch/observe.ts';

/** A call that was answered. */
interface AnsweredCall {
  operation: string;
  body: Buffer;
  status: number;
  answer: Buffer;
  durationMs: number;
}

const error = z.object({ __type: z.string() });
const batch = z.object({ RequestItems: z.record(z.string(), z.unknown()) });

const throttles = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
]);
const reads = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);
const writes = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']);

/** Makes a call ask for the capacity that it consumes: engines tell only those that do, and AWS meters every call. */
export function askForCapacity(operation: string, body: Buffer): Buffer {
  const isMetered = reads.has(operation) || writes.has(operation);
  if (!isMetered || body.includes('"ReturnConsumedCapacity"')) return body;
  const end = body.lastIndexOf('}');
  return end < 2 ? body : Buffer.concat([body.subarray(0, end), totalCapacity]);
}

const totalCapacity = Buffer.from(',"ReturnConsumedCapacity":"TOTAL"}');

/** The metrics of AWS/DynamoDB that a call makes, with AWS's dimensions ("DynamoDB metrics and dimensions"). */
export function observeCall(
  observe: Observe,
  { operation, body, status, answer, durationMs }: AnsweredCall,
): void {
  const measure = (name: string, dimensions: Record<string, string>, value = 1) =>
    observe('AWS/DynamoDB', name, dimensions, value);
  const tables = tablesOf(operation, body);
  const type = status === 200 ? '' : errorType(answer);
  for (const TableName of tables) {
    const dimensions = { TableName, Operation: operation };
    if (status === 200) measure('SuccessfulRequestLatency', dimensions, durationMs);
    else if (status >= 500) measure('SystemErrors', dimensions);
    else if (throttles.has(type)) {
      measure('ThrottledRequests', dimensions);
      measure(reads.has(operation) ? 'ReadThrottleEvents' : 'WriteThrottleEvents', { TableName });
    } else if (type === 'ConditionalCheckFailedException')
      measure('ConditionalCheckFailedRequests', { TableName });
    else if (type === 'TransactionConflictException') measure('TransactionConflict', { TableName });
  }
  if (status === 200) {
    const name = reads.has(operation) ? 'ConsumedReadCapacityUnits' : 'ConsumedWriteCapacityUnits';
    for (const { TableName, CapacityUnits } of capacityOf(answer))
      measure(name, { TableName: nameOf(TableName) }, CapacityUnits);
  }
  const isUserError = status >= 400 && status < 500 && !throttles.has(type);
  // Failed conditions are no errors of a user's ("UserErrors" in the list of metrics).
  if (isUserError && type !== 'ConditionalCheckFailedException' && type !== 'TransactionCanceledException')
    measure('UserErrors', { Operation: operation });
}

const consumed = z.object({ TableName: z.string(), CapacityUnits: z.number() });
const capacity = z.union([z.array(consumed), consumed.transform((one) => [one])]);
const capacityKey = '"ConsumedCapacity":';

/** What the engine says that a call consumed: one object, or one for each table, without objects inside. */
function capacityOf(answer: Buffer): z.output<typeof capacity> {
  const at = answer.lastIndexOf(capacityKey);
  if (at < 0) return [];
  const text = answer.subarray(at + capacityKey.length).toString();
  const [json = ''] = /^\s*(?:\{[^}]*\}|\[[^\]]*\])/.exec(text) ?? [];
  const parsed = capacity.safeParse(parse(json));
  return parsed.success ? parsed.data : [];
}

/** The tables that a call names. */
function tablesOf(operation: string, body: Buffer): Iterable<string> {
  const text = body.toString();
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem') {
    const parsed = batch.safeParse(parse(text));
    return parsed.success ? Object.keys(parsed.data.RequestItems).map(nameOf) : [];
  }
  // Inside of an item the quotes of such a text are escaped, and an attribute of this name has an object for its value.
  const names = text.matchAll(/"TableName":\s*"([^"]+)"/g);
  return new Set(Array.from(names, ([, name = '']) => nameOf(name)));
}

/** A call may name a table by its ARN. */
function nameOf(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
}

/** `com.amazonaws.dynamodb.v20120810#ThrottlingException` → `ThrottlingException` */
function errorType(answer: Buffer): string {
  const parsed = error.safeParse(parse(answer.toString()));
  return parsed.success ? (parsed.data.__type.split('#').at(-1) ?? '') : '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON has neither tables nor an error's name.
    return undefined;
  }
}
