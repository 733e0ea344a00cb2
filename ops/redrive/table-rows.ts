import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { StreamRange } from './stream-failure.ts';

/** A row's `sentAt` and `changedAt` are set just before it is written, and arrivals are told to the second. */
const slackMs = 2_000;

/**
 * The messages that were written, or last changed, while a range of stream records was: at least those of the range, but
 * such as changed again since, of which a later record told. It reads the whole table, which is why it is for ranges that
 * the stream has lost only. Of the rooms' and the connections' streams there is nothing to tell after their 24 hours: no
 * socket lives as long, and a new one reads members, rooms and who is online as they are.
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
      FilterExpression:
        'sentAt BETWEEN :from AND :to OR changedAt BETWEEN :from AND :to AND attribute_exists(sentAt)',
      ExpressionAttributeValues: { ':from': { N: String(from) }, ':to': { N: String(to) } },
    },
  );
  for await (const { Items = [] } of pages) rows.push(...Items);
  return rows;
}
