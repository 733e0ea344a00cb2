import { randomUUID } from 'node:crypto';
import { arn } from '#local/aws.ts';
import type { SendToQueue } from '#local/engines/queues.ts';
import type { StreamRecord } from './stream-record.ts';

/** Records that a mapping gives up, oldest first; at least one. */
export interface Discarded {
  records: readonly StreamRecord[];
  condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  functionName: string;
  /** How often the function was invoked with them. */
  invocations: number;
  /** The function threw; false where its answer told of the failure, or it was not invoked. */
  functionError: boolean;
  shardId: string;
  streamArn: string;
}

/** Tells a queue of discarded records. As on AWS it learns where they are, not what they hold. */
export async function sendToDestination(
  send: SendToQueue,
  queueArn: string,
  discarded: Discarded,
): Promise<void> {
  await send(queueArn, JSON.stringify(metadata(discarded)));
}

/** The document of "Retain discarded records for a DynamoDB event source in Lambda". */
function metadata({ records, ...discarded }: Discarded) {
  const [first] = records;
  const last = records.at(-1);
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn: functionArn(discarded.functionName),
      condition: discarded.condition,
      approximateInvokeCount: discarded.invocations,
    },
    ...(discarded.invocations > 0 && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: discarded.functionError ? 'Unhandled' : null,
      },
    }),
    version: '1.0',
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId: discarded.shardId,
      startSequenceNumber: first?.sequenceNumber,
      endSequenceNumber: last?.sequenceNumber,
      approximateArrivalOfFirstRecord: arrival(first),
      approximateArrivalOfLastRecord: arrival(last),
      batchSize: records.length,
      streamArn: discarded.streamArn,
    },
  };
}

/** To the second: `2019-11-14T00:13:19Z`. */
function arrival(record: StreamRecord | undefined): string | undefined {
  return record && new Date(record.writtenAt).toISOString().replace(/\.\d+/, '');
}

function functionArn(functionName: string): string {
  return functionName.startsWith('arn:') ? functionName : arn('lambda', `function:${functionName}`);
}
