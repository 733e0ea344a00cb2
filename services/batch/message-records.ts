import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { type Message, messageRow } from '#shared/storage/messages.ts';

/**
 * The message that a record of the messages table's stream tells of, as it is now.
 * @throws ZodError where the row is not a message
 */
export function messageOf(record: DynamoDBRecord): Message {
  // aws-lambda's type of an attribute value is the SDK's, but for optional members in place of a union.
  const image = record.dynamodb?.NewImage as Record<string, AttributeValue> | undefined;
  return messageRow.parse(unmarshall(image ?? {}));
}
