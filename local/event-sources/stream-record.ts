import { region } from '#local/aws.ts';
import type { WireAttributes, WireRecord } from './streams-api.ts';

/** A record as the mappings handle it. */
export interface StreamRecord {
  sequenceNumber: string;
  /** Milliseconds since the epoch: the latest moment at which it can have been written. */
  writtenAt: number;
  /** Bytes of `event` as JSON. */
  bytes: number;
  /** The same for all changes of one item. */
  item: string;
  /** As it stands in a Lambda event's `Records`. Shared by all readers: not to be changed. */
  event: Readonly<Record<string, unknown>>;
}

export interface RecordSource {
  streamArn: string;
  tableName: string;
  isTtlDelete(table: string, keys: WireAttributes): boolean;
}

/** Turns a record of the wire into the JSON that Lambda hands to functions: the same but for a few names. */
export function toStreamRecord(record: WireRecord, source: RecordSource): StreamRecord {
  const { ApproximateCreationDateTime, Keys, NewImage, OldImage, ...rest } = record.dynamodb;
  const event = {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: record.eventVersion,
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(ApproximateCreationDateTime),
      Keys,
      ...(NewImage && { NewImage }),
      ...(OldImage && { OldImage }),
      SequenceNumber: rest.SequenceNumber,
      SizeBytes: rest.SizeBytes,
      StreamViewType: rest.StreamViewType,
    },
    ...userIdentity(record, source, Keys),
    eventSourceARN: source.streamArn,
  };
  return {
    sequenceNumber: rest.SequenceNumber,
    writtenAt: writtenBefore(ApproximateCreationDateTime * 1000),
    bytes: Buffer.byteLength(JSON.stringify(event)),
    item: JSON.stringify(Object.entries(Keys).sort(([a], [b]) => (a < b ? -1 : 1))),
    event,
  };
}

/** Negative, zero or positive as `a` is before, at or behind `b`. */
export function compareSequence(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** AWS marks what the time to live has deleted. dynoxide does not: its sweeper is ours, and is asked. */
function userIdentity(record: WireRecord, source: RecordSource, keys: WireAttributes): object {
  if (record.userIdentity) {
    const { Type, PrincipalId } = record.userIdentity;
    return { userIdentity: { type: Type, principalId: PrincipalId } };
  }
  if (record.eventName !== 'REMOVE' || !source.isTtlDelete(source.tableName, keys)) return {};
  return { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } };
}

/** dynoxide rounds the time down to the second, DynamoDB Local to the minute. */
function writtenBefore(createdAt: number): number {
  const precision = createdAt % 60_000 === 0 ? 60_000 : 1_000;
  return Math.min(Date.now(), createdAt + precision);
}
