import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { RoomEvent } from '#shared/contract/events.ts';
import type { Message } from '#shared/storage/messages.ts';
import { messageChanges } from './message-changes.ts';
import { roomsChanges } from './rooms-changes.ts';

/** One thing that happened, and whom to tell: the subscribers of a room, or of a person's feed. */
export interface Change {
  /** A room's id, or a personal feed's. */
  room: string;
  /** How many shards the room had when it happened. */
  shards: number;
  event: RoomEvent;
  /**
   * For the bus, and not for the room: what everybody does, told to everybody, is members² posts. A crowd's comings and
   * goings are in its list of members.
   */
  onlyBus?: boolean;
  /** What the bus's rules and consumers go by and clients are not told: whom to notify, and which files to delete. */
  routing?: Pick<Message, 'direct' | 'webhooks' | 'erased'>;
}

/** A row before and after; undefined where there was none. */
export interface Images {
  before: Record<string, unknown> | undefined;
  after: Record<string, unknown> | undefined;
  /** When it was written: milliseconds since the epoch, cut to the second by DynamoDB. */
  writtenAt: number;
}

/**
 * What a record of the messages or the rooms table's stream tells of: nothing, one change or several.
 * @throws ZodError where a row is not what it should be
 */
export function changesOf(record: DynamoDBRecord): Change[] {
  const images = imagesOf(record);
  // The rooms table's rows have `item` for their sort key, those of messages `seq`.
  return 'item' in (record.dynamodb?.Keys ?? {}) ? roomsChanges(images) : messageChanges(images);
}

/** What a record of any table's stream holds. */
export function imagesOf({ dynamodb = {} }: DynamoDBRecord): Images {
  return {
    before: rowOf(dynamodb.OldImage),
    after: rowOf(dynamodb.NewImage),
    writtenAt: (dynamodb.ApproximateCreationDateTime ?? 0) * 1000,
  };
}

function rowOf(image: NonNullable<DynamoDBRecord['dynamodb']>['NewImage']): Images['after'] {
  // aws-lambda's type of an attribute value is the SDK's, but for optional members in place of a union.
  return image && unmarshall(image as Record<string, AttributeValue>);
}
