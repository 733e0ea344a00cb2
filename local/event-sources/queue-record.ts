import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import { region } from '#local/aws.ts';

/** A received message as the mapping handles it. */
export interface QueueRecord {
  messageId: string;
  receiptHandle: string;
  /** Bytes of `event` as JSON. */
  bytes: number;
  /** As it stands in a Lambda event's `Records`. */
  event: Readonly<Record<string, unknown>>;
}

/** Turns the SDK's message into the JSON that Lambda hands to functions. */
export function toQueueRecord(message: Message, queueArn: string): QueueRecord {
  const { MessageId: messageId = '', ReceiptHandle: receiptHandle = '' } = message;
  const event = {
    messageId,
    receiptHandle,
    body: message.Body ?? '',
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, attribute(value)]),
    ),
    ...(message.MD5OfMessageAttributes && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
  return { messageId, receiptHandle, bytes: Buffer.byteLength(JSON.stringify(event)), event };
}

/** Lists are part of the format, though SQS does not implement them. */
function attribute({ StringValue, BinaryValue, DataType }: MessageAttributeValue) {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}
