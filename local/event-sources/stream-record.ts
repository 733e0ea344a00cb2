import type { _Record, AttributeValue } from '@aws-sdk/client-dynamodb-streams';
import { region } from '#local/aws.ts';

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
  isTtlDelete(table: string, keys: Record<string, AttributeValue>): boolean;
}

/** Turns the SDK's record into the JSON that Lambda hands to functions. */
export function toStreamRecord(record: _Record, source: RecordSource): StreamRecord {
  const { Keys = {}, NewImage, OldImage, ApproximateCreationDateTime, ...rest } = record.dynamodb ?? {};
  const createdAt = ApproximateCreationDateTime?.getTime() ?? 0;
  const event = {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: record.eventVersion,
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(createdAt / 1000),
      Keys: attributes(Keys),
      ...(NewImage && { NewImage: attributes(NewImage) }),
      ...(OldImage && { OldImage: attributes(OldImage) }),
      SequenceNumber: rest.SequenceNumber,
      SizeBytes: rest.SizeBytes,
      StreamViewType: rest.StreamViewType,
    },
    ...userIdentity(record, source, Keys),
    eventSourceARN: source.streamArn,
  };
  return {
    sequenceNumber: rest.SequenceNumber ?? '',
    writtenAt: writtenBefore(createdAt),
    bytes: Buffer.byteLength(JSON.stringify(event)),
    item: JSON.stringify(Object.entries(event.dynamodb.Keys).sort(([a], [b]) => (a < b ? -1 : 1))),
    event,
  };
}

/** Negative, zero or positive as `a` is before, at or behind `b`. */
export function compareSequence(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** AWS marks what the time to live has deleted. dynoxide does not: its sweeper is ours, and is asked. */
function userIdentity(record: _Record, source: RecordSource, keys: Record<string, AttributeValue>): object {
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

/** DynamoDB's JSON: as the SDK's values, but with binary values in base64. */
function attributes(image: Record<string, AttributeValue>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, attribute(value)]));
}

function attribute(value: AttributeValue): unknown {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(attribute) };
  if (value.M !== undefined) return { M: attributes(value.M) };
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
