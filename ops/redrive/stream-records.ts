import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { StreamRange } from './stream-failure.ts';

/**
 * The records of a shard from one sequence number to another, both included; undefined where the stream does not have
 * all of them any more: it keeps them for 24 hours.
 */
export async function readRange(
  streams: DynamoDBStreamsClient,
  { streamArn, shardId, startSequenceNumber, endSequenceNumber }: StreamRange,
): Promise<StreamRecord[] | undefined> {
  const first = BigInt(startSequenceNumber);
  const last = BigInt(endSequenceNumber);
  const records: StreamRecord[] = [];
  try {
    let iterator = await iteratorAt(streams, streamArn, shardId, startSequenceNumber);
    while (iterator !== undefined) {
      const { Records = [], NextShardIterator } = await streams.send(
        new GetRecordsCommand({ ShardIterator: iterator }),
      );
      const within = Records.filter((record) => sequenceOf(record) >= first && sequenceOf(record) <= last);
      records.push(...within);
      if (Records.some((record) => sequenceOf(record) >= last)) break;
      // An open shard's end: what comes next is newer than what failed.
      if (Records.length === 0) break;
      iterator = NextShardIterator;
    }
  } catch (error) {
    if (error instanceof Error && gone.has(error.name)) return undefined;
    throw error;
  }
  return records.some((record) => sequenceOf(record) === first) ? records : undefined;
}

/** How DynamoDB says that a record, or its whole shard, is over 24 hours old. */
const gone = new Set(['TrimmedDataAccessException', 'ResourceNotFoundException']);

async function iteratorAt(
  streams: DynamoDBStreamsClient,
  StreamArn: string,
  ShardId: string,
  SequenceNumber: string,
): Promise<string | undefined> {
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({
      StreamArn,
      ShardId,
      SequenceNumber,
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
    }),
  );
  return ShardIterator;
}

function sequenceOf({ dynamodb }: StreamRecord): bigint {
  return BigInt(dynamodb?.SequenceNumber ?? 0);
}
