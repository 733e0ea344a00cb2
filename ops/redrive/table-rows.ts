import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { StreamRange } from './stream-failure.ts';

/** A row's `sentAt` is set just before it is written, and arrivals are told to the second. */
const slackMs = 2_000;

/**
 * The messages that were written while a range of stream records was: at least those of the range. It reads the whole
 * table, which is why it is for ranges that the stream has lost only.
 */
export async function rowsOf(
  client: DynamoDBClient,
  { streamArn, approximateArrivalOfFirstRecord, approximateArrivalOfLastRecord }: StreamRange,
): Promise<Record<string, AttributeValue>[]> {
  const from = Date.parse(approximateArrivalOfFirstRecord) - slackMs;
  const to = Date.parse(approximateArrivalOfLastRecord) + slackMs;
  const rows: Record<string, AttributeValue>[] = [];
  const pages = paginateScan(
    { client },
    {
      TableName: /:table\/([^/]+)\//.exec(streamArn)?.[1] ?? streamArn,
      FilterExpression: 'sentAt BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':from': { N: String(from) }, ':to': { N: String(to) } },
    },
  );
  for await (const { Items = [] } of pages) rows.push(...Items);
  return rows;
}
