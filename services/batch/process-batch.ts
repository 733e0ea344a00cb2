import { BatchProcessor, type EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types';
import type { DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { logger } from '#shared/observability/logger.ts';

type Source = typeof EventType.SQS | typeof EventType.DynamoDBStreams;

/** What became of an item that could not be worked: why. Items that are not named went well. */
export type Failures<Item> = Map<Item, Error>;

/**
 * Works a batch's records together, so that they can be coalesced, and answers for each one of its own
 * (ReportBatchItemFailures): a record that does not parse, or whose item failed, goes back to its source alone.
 * @param work carries out all items; what it throws fails every item
 */
export async function processBatch<Record extends SQSRecord | DynamoDBRecord, Item>(
  records: Record[],
  source: Source,
  parse: (record: Record) => Item,
  work: (items: Item[]) => Promise<Failures<Item>>,
): Promise<PartialItemFailureResponse> {
  const outcomes = new Map<unknown, { item: Item } | { error: Error }>();
  for (const record of records)
    outcomes.set(
      record,
      attempt(() => parse(record)),
    );

  const items = [...outcomes.values()].flatMap((outcome) => ('item' in outcome ? [outcome.item] : []));
  const failures = await work(items).catch((error: unknown): Failures<Item> => {
    logger.error('A batch failed', { error });
    return new Map(items.map((item) => [item, toError(error)]));
  });

  return await processPartialResponse(
    { Records: records },
    async (record: Record) => {
      const outcome = outcomes.get(record);
      if (!outcome) throw new Error('A record that was not in the batch');
      const error = 'error' in outcome ? outcome.error : failures.get(outcome.item);
      if (error) throw error;
    },
    new BatchProcessor(source, { logger }),
    // A full failure that is thrown makes Lambda's SQS pollers back off; reported item by item it does not.
    { throwOnFullBatchFailure: false },
  );
}

function attempt<Item>(parse: () => Item): { item: Item } | { error: Error } {
  try {
    return { item: parse() };
  } catch (error) {
    logger.error('A record does not parse', { error });
    return { error: toError(error) };
  }
}

export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
