import { region } from '#local/aws.ts';
import type { ReceivedMessage } from '#local/engines/queues.ts';

/** A received message as the mapping handles it. */
export interface QueueRecord {
  messageId: string;
  receiptHandle: string;
  /** Milliseconds since the epoch. */
  sentAt: number;
  /** Bytes of `event` as JSON. */
  bytes: number;
  /** As it stands in a Lambda event's `Records`. */
  event: Readonly<Record<string, unknown>>;
}

/** Turns a received message into the JSON that Lambda hands to functions. */
export function toQueueRecord(message: ReceivedMessage, queueArn: string): QueueRecord {
  const { MessageId: messageId, ReceiptHandle: receiptHandle } = message;
  const event = {
    messageId,
    receiptHandle,
    body: message.Body,
    attributes: message.Attributes,
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes).map(([name, value]) => [name, attribute(value)]),
    ),
    ...(message.MD5OfMessageAttributes && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
  const sentAt = Number(message.Attributes.SentTimestamp);
  return { messageId, receiptHandle, sentAt, bytes: Buffer.byteLength(JSON.stringify(event)), event };
}

/** Lists are part of the format, though SQS does not implement them. */
function attribute({ StringValue, BinaryValue, DataType }: ReceivedMessage['MessageAttributes'][string]) {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}
