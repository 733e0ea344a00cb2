import { EventType } from '@aws-lambda-powertools/batch';
import type { DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { processBatch } from './process-batch.ts';

const sqs = (...bodies: string[]) =>
  bodies.map(
    (body, index): SQSRecord => ({
      messageId: `message-${index}`,
      receiptHandle: 'r',
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1',
        SenderId: 's',
        ApproximateFirstReceiveTimestamp: '1',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:q',
      awsRegion: 'us-east-1',
    }),
  );

const number = ({ body }: SQSRecord) => {
  const parsed: unknown = JSON.parse(body);
  if (typeof parsed !== 'number') throw new TypeError('not a number');
  return { parsed };
};

async function run(
  bodies: string[],
  work: Parameters<typeof processBatch<SQSRecord, { parsed: number }>>[3],
) {
  const { batchItemFailures } = await processBatch(sqs(...bodies), EventType.SQS, number, work);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

describe('a batch', () => {
  it('is worked as a whole, once, in its order', async () => {
    const worked: number[][] = [];
    const failed = await run(['1', '2', '3'], async (items) => {
      worked.push(items.map(({ parsed }) => parsed));
      return new Map();
    });
    expect(worked).toEqual([[1, 2, 3]]);
    expect(failed).toEqual([]);
  });

  it('gives back the records alone whose items failed', async () => {
    const failed = await run(
      ['1', '2', '3'],
      async (items) =>
        new Map(items.filter(({ parsed }) => parsed === 2).map((item) => [item, new Error('two')])),
    );
    expect(failed).toEqual(['message-1']);
  });

  it('gives back what does not parse, and works the others', async () => {
    const worked: number[] = [];
    const failed = await run(['1', 'not JSON', '"text"', '4'], async (items) => {
      worked.push(...items.map(({ parsed }) => parsed));
      return new Map();
    });
    expect(worked).toEqual([1, 4]);
    expect(failed).toEqual(['message-1', 'message-2']);
  });

  // A thrown full failure would make Lambda's pollers back off.
  it.each([new Error('all'), 'not even an error'])(
    'gives everything back where the work throws',
    async (thrown) => {
      const failed = await run(['1', '2'], async () => {
        throw thrown;
      });
      expect(failed).toEqual(['message-0', 'message-1']);
    },
  );

  it('tells records of equal content apart', async () => {
    const failed = await run(
      ['7', '7'],
      async (items) => new Map(items.slice(1).map((item) => [item, new Error('the second')])),
    );
    expect(failed).toEqual(['message-1']);
  });

  it('names the records of a stream by their sequence numbers', async () => {
    const records = ['100', '200', '300'].map(
      (SequenceNumber): DynamoDBRecord => ({ eventID: SequenceNumber, dynamodb: { SequenceNumber } }),
    );
    const answer = await processBatch(
      records,
      EventType.DynamoDBStreams,
      (record) => record,
      async (items) => new Map(items.slice(1, 2).map((item) => [item, new Error('why')])),
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '200' }] });
  });
});
