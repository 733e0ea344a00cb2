import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { type Moved, receive, remove, settle } from './move-messages.ts';
import { eventOfRecords, eventOfRows, type StreamEvent } from './stream-event.ts';
import { type StreamFailure, streamFailure } from './stream-failure.ts';
import { readRange } from './stream-records.ts';
import { rowsOf } from './table-rows.ts';

/** Records that an invocation is given, as by the mapping. */
const batchSize = 100;

export interface Clients {
  streams: DynamoDBStreamsClient;
  dynamodb: DynamoDBClient;
  lambda: LambdaClient;
}

/**
 * Gives the records that a stream's dead-letter queue tells of to their function again: as the stream holds them, or,
 * after its 24 hours, as the table has their rows now. What the function has done by then, it may do again: readers drop
 * a (room, seq, version) that they have.
 */
export async function replayStreamFailures(
  sqs: SQSClient,
  url: string,
  held: number,
  onProgress: (replayed: number) => void,
  clients: Clients = {
    streams: new DynamoDBStreamsClient({}),
    dynamodb: new DynamoDBClient({}),
    lambda: new LambdaClient({}),
  },
): Promise<Moved> {
  let moved = 0;
  const problems = new Map<Message, string>();
  while (moved + problems.size < held) {
    const messages = await receive(sqs, url);
    if (messages.length === 0) break;
    for (const message of messages) {
      const problem = await replay(message.Body ?? '', clients).catch(String);
      if (problem === undefined) {
        await remove(sqs, url, [message]);
        moved++;
      } else problems.set(message, problem);
      onProgress(moved + problems.size);
    }
  }
  return await settle(sqs, url, moved, problems);
}

/** @returns why it did not work */
async function replay(body: string, clients: Clients): Promise<string | undefined> {
  const failure = streamFailure.safeParse(parse(body));
  if (!failure.success) return 'A message does not tell of stream records: look at it with --dry-run';
  const { Records } = await eventOf(failure.data, clients);
  for (let start = 0; start < Records.length; start += batchSize) {
    const batch = { Records: Records.slice(start, start + batchSize) };
    const problem = await invoke(failure.data.requestContext.functionArn, batch, clients.lambda);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

async function eventOf({ DDBStreamBatchInfo: range }: StreamFailure, clients: Clients): Promise<StreamEvent> {
  const records = await readRange(clients.streams, range);
  if (records) return eventOfRecords(records, range.streamArn);
  return eventOfRows(await rowsOf(clients.dynamodb, range), range.streamArn);
}

const partialResponse = z
  .object({ batchItemFailures: z.array(z.unknown()).nullish() })
  .nullish()
  .catch(undefined);

async function invoke(fn: string, event: StreamEvent, lambda: LambdaClient): Promise<string | undefined> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: fn, Payload: JSON.stringify(event) }),
  );
  const answer = Payload?.transformToString() ?? '';
  if (FunctionError) return `${fn.split(':').at(-1)} failed: ${answer.slice(0, 300)}`;
  const failed = partialResponse.parse(parse(answer))?.batchItemFailures?.length ?? 0;
  if (failed === 0) return undefined;
  return `${fn.split(':').at(-1)} failed again with ${failed} of ${event.Records.length} records: its log says why`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON is nothing that the schemas take.
    return undefined;
  }
}
