import { readFileSync, writeFileSync } from 'node:fs';
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isJavaInstalled } from '#local/engines/dynamodb-engine.ts';
import { type EventRecord, startTestCloud, type TestCloud, TooManyRequestsException } from './test-cloud.ts';

const hasJava = await isJavaInstalled();
const patience = { timeout: 20_000, interval: 10 };

function sk(record: EventRecord): number {
  return Number(record.dynamodb?.Keys.sk.N);
}

function failures(records: EventRecord[], isFailed: (record: EventRecord) => boolean) {
  return {
    batchItemFailures: records
      .filter(isFailed)
      .map((record) => ({ itemIdentifier: record.dynamodb?.SequenceNumber })),
  };
}

describe.each([
  { engine: 'dynoxide' as const, runs: true },
  { engine: 'dynamodb-local' as const, runs: hasJava },
])('a mapping of a DynamoDB stream, on $engine', { timeout: 60_000 }, ({ engine, runs }) => {
  let cloud: TestCloud;

  beforeAll(async () => {
    if (runs) cloud = await startTestCloud(engine);
  }, 60_000);

  afterAll(() => (runs ? cloud.stop() : undefined));

  /** A table and a function on its stream. */
  async function mapped(fn: string, properties: Record<string, unknown> = {}) {
    const table = await cloud.table();
    const mapping = { EventSourceArn: table.streamArn, FunctionName: fn, StartingPosition: 'LATEST' };
    await cloud.map({ ...mapping, ...properties }, fn);
    return table;
  }

  it.runIf(runs)('hands on records as Lambda does', async () => {
    const table = await mapped('shape');
    const Key = { pk: { S: 'a' }, sk: { N: '1' } };
    const bytes = Buffer.from('bytes');
    await cloud.tables.send(
      new PutItemCommand({
        TableName: table.name,
        Item: { ...Key, b: { B: bytes }, l: { L: [{ B: bytes }] }, m: { M: { bs: { BS: [bytes] } } } },
      }),
    );
    await cloud.tables.send(
      new UpdateItemCommand({ TableName: table.name, Key, UpdateExpression: 'REMOVE b, l, m' }),
    );
    await cloud.tables.send(new DeleteItemCommand({ TableName: table.name, Key }));
    await expect.poll(() => cloud.invoker.of('shape').flat(), patience).toHaveLength(3);
    const common = {
      eventID: expect.any(String),
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      eventSourceARN: table.streamArn,
    };
    const base64 = 'Ynl0ZXM=';
    const dynamodb = {
      ApproximateCreationDateTime: expect.any(Number),
      Keys: Key,
      SequenceNumber: expect.stringMatching(/^\d+$/),
      SizeBytes: expect.any(Number),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    };
    const first = {
      ...Key,
      b: { B: base64 },
      l: { L: [{ B: base64 }] },
      m: { M: { bs: { BS: [base64] } } },
    };
    expect(cloud.invoker.of('shape').flat()).toEqual([
      { ...common, eventName: 'INSERT', dynamodb: { ...dynamodb, NewImage: first } },
      { ...common, eventName: 'MODIFY', dynamodb: { ...dynamodb, OldImage: first, NewImage: Key } },
      { ...common, eventName: 'REMOVE', dynamodb: { ...dynamodb, OldImage: Key } },
    ]);
  });

  it.runIf(runs && engine === 'dynoxide')('marks what the time to live has deleted', async () => {
    const table = await mapped('ttl');
    const Item = {
      pk: { S: 'a' },
      sk: { N: '1' },
      expiresAt: { N: String(Math.floor(Date.now() / 1000) - 60) },
    };
    await cloud.tables.send(new PutItemCommand({ TableName: table.name, Item }));
    await expect
      .poll(() => cloud.invoker.of('ttl').flat().at(-1), patience)
      .toMatchObject({
        eventName: 'REMOVE',
        userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
      });
  });

  it.runIf(runs)('begins where StartingPosition says', async () => {
    const table = await cloud.table();
    await cloud.put(table, 1);
    const mapping = { EventSourceArn: table.streamArn };
    await cloud.map({ ...mapping, FunctionName: 'latest', StartingPosition: 'LATEST' });
    await cloud.map({ ...mapping, FunctionName: 'oldest', StartingPosition: 'TRIM_HORIZON' });
    await cloud.put(table, 2);
    await expect.poll(() => cloud.invoker.sorts('oldest').flat(), patience).toEqual([1, 2]);
    await expect.poll(() => cloud.invoker.sorts('latest').flat(), patience).toEqual([2]);
  });

  it.runIf(runs)('puts what has piled up during an invocation into the next, up to BatchSize', async () => {
    const table = await mapped('pile', { BatchSize: 20 });
    const gate = Promise.withResolvers<void>();
    cloud.invoker.handlers.set('pile', (_, nth) => (nth === 1 ? gate.promise : undefined));
    await cloud.put(table, 0);
    await expect.poll(() => cloud.invoker.sorts('pile'), patience).toEqual([[0]]);
    for (let n = 1; n <= 30; n++) await cloud.put(table, n);
    gate.resolve();
    await expect
      .poll(() => cloud.invoker.sorts('pile').map((batch) => batch.length), patience)
      .toEqual([1, 20, 10]);
    expect(cloud.invoker.sorts('pile').flat()).toEqual(Array.from({ length: 31 }, (_, n) => n));
  });

  it.runIf(runs)('gathers for a full batch while the batching window is open', async () => {
    const table = await mapped('window', { BatchSize: 3, MaximumBatchingWindowInSeconds: 300 });
    for (const n of [1, 2, 3]) await cloud.put(table, n);
    await expect.poll(() => cloud.invoker.sorts('window'), patience).toEqual([[1, 2, 3]]);
  });

  it.runIf(runs)('sends a batch that is not full when the window closes', async () => {
    const table = await mapped('closing', { MaximumBatchingWindowInSeconds: 1 });
    await cloud.put(table, 1);
    await expect.poll(() => cloud.invoker.sorts('closing'), patience).toEqual([[1]]);
  });

  it.runIf(runs)('drops what FilterCriteria do not match, and does not come back to it', async () => {
    const pattern = { eventName: ['INSERT'], dynamodb: { Keys: { pk: { S: [{ prefix: 'room#' }] } } } };
    const table = await mapped('filtered', {
      FilterCriteria: {
        Filters: [{ Pattern: JSON.stringify(pattern) }, { Pattern: '{"eventName":["REMOVE"]}' }],
      },
    });
    await cloud.put(table, 1, 'room#a');
    await cloud.put(table, 2, 'user#a');
    await cloud.put(table, 3, 'room#b');
    await cloud.put(table, 3, 'user#b');
    await expect.poll(() => cloud.invoker.sorts('filtered').flat(), patience).toEqual([1, 3]);
    await cloud.tables.send(
      new DeleteItemCommand({ TableName: table.name, Key: { pk: { S: 'user#a' }, sk: { N: '2' } } }),
    );
    await expect.poll(() => cloud.invoker.sorts('filtered').flat(), patience).toEqual([1, 3, 2]);
  });

  it.runIf(runs)('tries a failed batch again, whole, before it goes on', async () => {
    const table = await cloud.table();
    for (const n of [1, 2, 3]) await cloud.put(table, n);
    cloud.invoker.handlers.set('again', (_, nth) => {
      if (nth <= 3) throw new Error('not yet');
    });
    await cloud.map({
      EventSourceArn: table.streamArn,
      FunctionName: 'again',
      BatchSize: 2,
      StartingPosition: 'TRIM_HORIZON',
    });
    await expect
      .poll(() => cloud.invoker.sorts('again'), patience)
      .toEqual([[1, 2], [1, 2], [1, 2], [1, 2], [3]]);
  });

  it.runIf(runs)('goes on from the lowest sequence number that the function reports as failed', async () => {
    const table = await mapped('partial', {
      BatchSize: 5,
      MaximumBatchingWindowInSeconds: 300,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    cloud.invoker.handlers.set('partial', (records, nth) =>
      nth === 1
        ? failures(records, (record) => sk(record) === 3 || sk(record) === 5)
        : { batchItemFailures: [] },
    );
    for (const n of [1, 2, 3, 4, 5]) await cloud.put(table, n);
    await expect
      .poll(() => cloud.invoker.sorts('partial'), patience)
      .toEqual([
        [1, 2, 3, 4, 5],
        [3, 4, 5],
      ]);
  });

  it.runIf(runs)('takes an identifier that is empty, wrong or missing for a failed batch', async () => {
    const table = await mapped('invalid', {
      BatchSize: 2,
      MaximumBatchingWindowInSeconds: 300,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    const responses: unknown[] = [
      { batchItemFailures: [{ itemIdentifier: '' }] },
      { batchItemFailures: [{ itemIdentifier: null }] },
      { batchItemFailures: [{ identifier: '1' }] },
      { batchItemFailures: [{ itemIdentifier: '987654321' }] },
      'no object',
      { batchItemFailures: null },
    ];
    cloud.invoker.handlers.set('invalid', (_, nth) => responses[nth - 1]);
    await cloud.put(table, 1);
    await cloud.put(table, 2);
    await expect.poll(() => cloud.invoker.of('invalid'), patience).toHaveLength(6);
    await cloud.put(table, 3);
    await cloud.put(table, 4);
    await expect
      .poll(() => cloud.invoker.sorts('invalid').slice(4), patience)
      .toEqual([
        [1, 2],
        [1, 2],
        [3, 4],
      ]);
  });

  it.runIf(runs)(
    'bisects down to the record at fault and tells the on-failure destination of it',
    async () => {
      const queue = await cloud.queue();
      const table = await mapped('poison', {
        BatchSize: 8,
        MaximumBatchingWindowInSeconds: 300,
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: queue.arn } },
      });
      cloud.invoker.handlers.set('poison', (records) => {
        if (records.some((record) => sk(record) === 5)) throw new TypeError('poison');
      });
      for (let n = 1; n <= 8; n++) await cloud.put(table, n);
      await expect
        .poll(() => cloud.invoker.sorts('poison'), patience)
        .toEqual([[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4], [5, 6, 7, 8], [5, 6], [5], [5], [5], [6], [7, 8]]);
      const told: unknown[] = [];
      await vi.waitFor(async () => {
        told.push(...(await cloud.received(queue)));
        expect(told).toHaveLength(1);
      }, patience);
      const sequenceNumber = cloud.invoker.of('poison')[4]?.[0]?.dynamodb?.SequenceNumber;
      expect(told).toEqual([
        {
          requestContext: {
            requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:poison',
            condition: 'RetryAttemptsExhausted',
            approximateInvokeCount: 6,
          },
          responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
          version: '1.0',
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          DDBStreamBatchInfo: {
            shardId: expect.stringMatching(/^shardId-/),
            startSequenceNumber: sequenceNumber,
            endSequenceNumber: sequenceNumber,
            approximateArrivalOfFirstRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
            approximateArrivalOfLastRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
            batchSize: 1,
            streamArn: table.streamArn,
          },
        },
      ]);
      expect(cloud.lines).toContainEqual(expect.stringContaining('TypeError: poison'));
    },
  );

  it.runIf(runs)('does not count a throttled invocation as a try', async () => {
    const table = await mapped('throttled', { MaximumRetryAttempts: 0 });
    cloud.invoker.handlers.set('throttled', (_, nth) => {
      if (nth <= 5) throw new TooManyRequestsException('Rate Exceeded.');
    });
    await cloud.put(table, 1);
    await expect.poll(() => cloud.invoker.of('throttled'), patience).toHaveLength(6);
    await cloud.put(table, 2);
    await expect.poll(() => cloud.invoker.sorts('throttled').at(-1), patience).toEqual([2]);
    expect(cloud.lines.filter((line) => line.includes('throttled'))).toEqual([]);
  });

  it.runIf(runs)('serves every mapping of a stream, and none waits for another', async () => {
    const table = await mapped('stuck');
    const mapping = { EventSourceArn: table.streamArn, StartingPosition: 'LATEST' };
    await cloud.map({ ...mapping, FunctionName: 'free' });
    cloud.sources.pause('stuck');
    for (const n of [1, 2, 3]) await cloud.put(table, n);
    await expect.poll(() => cloud.invoker.sorts('free').flat(), patience).toEqual([1, 2, 3]);
    expect(cloud.invoker.of('stuck')).toEqual([]);
    cloud.sources.resume('stuck');
    // What came meanwhile is one batch.
    await expect.poll(() => cloud.invoker.sorts('stuck'), patience).toEqual([[1, 2, 3]]);
  });

  it.runIf(runs)('works on ParallelizationFactor batches at once, in order for each item', async () => {
    const table = await mapped('lanes', { BatchSize: 4, ParallelizationFactor: 4 });
    let atOnce = 0;
    let most = 0;
    const release = Promise.withResolvers<void>();
    cloud.invoker.handlers.set('lanes', async () => {
      most = Math.max(most, ++atOnce);
      if (most === 4) release.resolve();
      await release.promise;
      atOnce--;
    });
    for (let round = 0; round < 3; round++) {
      for (let item = 0; item < 16; item++) {
        await cloud.tables.send(
          new PutItemCommand({
            TableName: table.name,
            Item: { pk: { S: 'room' }, sk: { N: String(item) }, round: { N: String(round) } },
          }),
        );
      }
    }
    await expect.poll(() => cloud.invoker.of('lanes').flat(), patience).toHaveLength(48);
    expect(most).toBe(4);
    const records = cloud.invoker.of('lanes').flat();
    for (let item = 0; item < 16; item++) {
      const order = records.filter((record) => sk(record) === item).map((r) => r.dynamodb?.SequenceNumber);
      expect(order).toEqual(order.toSorted((a, b) => Number(BigInt(a ?? 0) - BigInt(b ?? 0))));
    }
  });

  it.runIf(runs)('goes on after a restart where it was', async () => {
    const table = await cloud.table();
    const map = () =>
      cloud.map(
        { EventSourceArn: table.streamArn, FunctionName: 'restarted', StartingPosition: 'LATEST' },
        'restarted',
      );
    await cloud.put(table, 1);
    await map();
    await cloud.restart();
    await cloud.put(table, 2);
    await map();
    await expect.poll(() => cloud.invoker.sorts('restarted').flat(), patience).toEqual([2]);
    await cloud.put(table, 3);
    await expect.poll(() => cloud.invoker.sorts('restarted').flat(), patience).toEqual([2, 3]);
    await cloud.restart();
    await cloud.put(table, 4);
    await map();
    await expect.poll(() => cloud.invoker.sorts('restarted').flat(), patience).toEqual([2, 3, 4]);
  });

  it.runIf(runs)('begins at StartingPosition where the stream does not know the checkpoint', async () => {
    const table = await cloud.table();
    for (const n of [1, 2]) await cloud.put(table, n);
    const map = (fn: string, StartingPosition: string) =>
      cloud.map({ EventSourceArn: table.streamArn, FunctionName: fn, StartingPosition }, fn);
    await map('unknown-latest', 'LATEST');
    await map('unknown-oldest', 'TRIM_HORIZON');
    await expect.poll(() => cloud.invoker.sorts('unknown-oldest').flat(), patience).toEqual([1, 2]);
    await cloud.sources.stop();
    const kept = readFileSync(cloud.checkpoints, 'utf8');
    const last = cloud.invoker.of('unknown-oldest').flat().at(-1)?.dynamodb?.SequenceNumber ?? '';
    const strange = kept.replaceAll(`"${last}"`, `"${'9'.repeat(last.length)}"`);
    expect(strange).not.toBe(kept);
    writeFileSync(cloud.checkpoints, strange);
    await cloud.restart();
    await map('unknown-latest', 'LATEST');
    await map('unknown-oldest', 'TRIM_HORIZON');
    await cloud.put(table, 3);
    await expect.poll(() => cloud.invoker.sorts('unknown-latest').flat(), patience).toEqual([3]);
    await expect.poll(() => cloud.invoker.sorts('unknown-oldest').flat(), patience).toEqual([1, 2, 1, 2, 3]);
  });

  it.runIf(runs)('stops although an invocation does not end, and hands its records on again', async () => {
    const table = await cloud.table();
    const map = () =>
      cloud.map(
        { EventSourceArn: table.streamArn, FunctionName: 'hanging', StartingPosition: 'LATEST' },
        'hanging',
      );
    await map();
    cloud.invoker.handlers.set('hanging', (_, nth) => (nth === 1 ? new Promise(() => {}) : undefined));
    await cloud.put(table, 1);
    await expect.poll(() => cloud.invoker.sorts('hanging'), patience).toEqual([[1]]);
    await cloud.restart();
    await map();
    await expect.poll(() => cloud.invoker.sorts('hanging'), patience).toEqual([[1], [1]]);
  });

  it.runIf(runs)('ends the invocation under way before it stops, and keeps what was done', async () => {
    const table = await cloud.table();
    const map = () =>
      cloud.map(
        { EventSourceArn: table.streamArn, FunctionName: 'draining', StartingPosition: 'TRIM_HORIZON' },
        'draining',
      );
    await map();
    const started = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    cloud.invoker.handlers.set('draining', () => {
      started.resolve();
      return gate.promise;
    });
    await cloud.put(table, 1);
    await started.promise;
    const stopped = cloud.sources.stop();
    gate.resolve();
    await stopped;
    await cloud.restart();
    await cloud.put(table, 2);
    await map();
    await expect.poll(() => cloud.invoker.sorts('draining').flat(), patience).toEqual([1, 2]);
  });
});
