import { z } from 'zod';

/**
 * What Lambda tells an on-failure destination of stream records that it gave up: where they are, not what they hold
 * ("Retain discarded records for a DynamoDB event source in Lambda").
 */
export const streamFailure = z.object({
  requestContext: z.object({ functionArn: z.string(), condition: z.string() }),
  DDBStreamBatchInfo: z.object({
    shardId: z.string(),
    startSequenceNumber: z.string(),
    endSequenceNumber: z.string(),
    /** ISO 8601, to the second. */
    approximateArrivalOfFirstRecord: z.string(),
    approximateArrivalOfLastRecord: z.string(),
    batchSize: z.number(),
    streamArn: z.string(),
  }),
});

export type StreamFailure = z.infer<typeof streamFailure>;

/** Where the failed records are. */
export type StreamRange = StreamFailure['DDBStreamBatchInfo'];
