import { createHash } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startingPollers } from './properties.ts';
import { type EventRecord, startTestCloud, type TestCloud, TooManyRequestsException } from './test-cloud.ts';

const patience = { timeout: 20_000, interval: 10 };

describe('a mapping of an SQS queue', { timeout: 60_000 }, () => {
  let cloud: TestCloud;

  beforeAll(async () => {
    cloud = await startTestCloud();
  }, 60_000);

  afterAll(() => cloud.stop());

  /** A queue and a function on it. */
  async function mapped(
    fn: string,
    properties: Record<string, unknown> = {},
    queueProperties: Record<string, unknown> = {},
  ) {
    const queue = await cloud.queue(queueProperties);
    await cloud.map({ EventSourceArn: queue.arn, FunctionName: fn, ...properties }, fn);
    return queue;
  }

  function md5(text: string) {
    return createHash('md5').update(text).digest('hex');
  }

  function failures(records: EventRecord[], isFailed: (body: string | undefined) => boolean) {
    return {
      batchItemFailures: records
        .filter((record) => isFailed(record.body))
        .map((record) => ({ itemIdentifier: record.messageId })),
    };
  }

  it('hands on messages as Lambda does, and deletes them', async () => {
    const queue = await mapped('shape', {}, { VisibilityTimeout: 1 });
    const bytes = Buffer.from('bytes');
    await cloud.sqs.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: '{"n":1}',
        MessageAttributes: {
          text: { DataType: 'String', StringValue: 'blue' },
          bytes: { DataType: 'Binary', BinaryValue: bytes },
        },
      }),
    );
    await cloud.send(queue, 'plain');
    await expect.poll(() => cloud.invoker.of('shape').flat(), patience).toHaveLength(2);
    const common = {
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receiptHandle: expect.any(String),
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      eventSource: 'aws:sqs',
      eventSourceARN: queue.arn,
      awsRegion: 'us-east-1',
    };
    const lists = { stringListValues: [], binaryListValues: [] };
    expect(cloud.invoker.of('shape').flat()).toEqual([
      {
        ...common,
        body: '{"n":1}',
        messageAttributes: {
          text: { stringValue: 'blue', dataType: 'String', ...lists },
          bytes: { binaryValue: bytes.toString('base64'), dataType: 'Binary', ...lists },
        },
        md5OfBody: md5('{"n":1}'),
        md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
      {
        ...common,
        body: 'plain',
        messageAttributes: {},
        md5OfBody: md5('plain'),
      },
    ]);
    await expect.poll(() => cloud.left(queue), patience).toBe(0);
  });

  it('has no more invocations at once than MaximumConcurrency, and fills batches meanwhile', async () => {
    const queue = await mapped('busy', { ScalingConfig: { MaximumConcurrency: 2 } });
    const gate = Promise.withResolvers<void>();
    cloud.invoker.handlers.set('busy', () => gate.promise);
    await cloud.send(queue, 'a');
    await expect.poll(() => cloud.invoker.of('busy'), patience).toHaveLength(1);
    await cloud.send(queue, 'b');
    await expect.poll(() => cloud.invoker.of('busy'), patience).toHaveLength(2);
    for (let n = 0; n < 20; n++) await cloud.send(queue, String(n));
    expect(cloud.invoker.of('busy')).toHaveLength(2);
    gate.resolve();
    await expect
      .poll(() => cloud.invoker.of('busy').map((batch) => batch.length), patience)
      .toEqual([1, 1, 10, 10]);
  });

  it('has an invocation for each starting poller without a ScalingConfig', async () => {
    const queue = await mapped('many', { BatchSize: 1 });
    const gate = Promise.withResolvers<void>();
    cloud.invoker.handlers.set('many', () => gate.promise);
    for (let n = 0; n < startingPollers + 2; n++) await cloud.send(queue, String(n));
    await expect.poll(() => cloud.invoker.of('many'), patience).toHaveLength(startingPollers);
    gate.resolve();
    await expect.poll(() => cloud.invoker.of('many'), patience).toHaveLength(startingPollers + 2);
  });

  it('gathers up to BatchSize while the batching window is open', async () => {
    const queue = await mapped('window', { BatchSize: 25, MaximumBatchingWindowInSeconds: 300 });
    for (let n = 0; n < 25; n++) await cloud.send(queue, String(n));
    await expect.poll(() => cloud.invoker.of('window').map((batch) => batch.length), patience).toEqual([25]);
  });

  it('keeps only what the function reports as failed, until its visibility timeout', async () => {
    const queue = await cloud.queue({ VisibilityTimeout: 1 });
    for (const body of ['a', 'b', 'c']) await cloud.send(queue, body);
    cloud.invoker.handlers.set('partial', (records, nth) =>
      failures(records, (body) => nth === 1 && body === 'b'),
    );
    await cloud.map({
      EventSourceArn: queue.arn,
      FunctionName: 'partial',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    await expect.poll(() => cloud.invoker.bodies('partial'), patience).toEqual([['a', 'b', 'c'], ['b']]);
    await expect.poll(() => cloud.left(queue), patience).toBe(0);
  });

  it.each([
    ['a function that throws', () => Promise.reject(new Error('no'))],
    ['an identifier that was not in the batch', () => ({ batchItemFailures: [{ itemIdentifier: 'x' }] })],
    ['an empty identifier', () => ({ batchItemFailures: [{ itemIdentifier: '' }] })],
  ])('lets the whole batch come again, then to the dead letter queue, after %s', async (what, handler) => {
    const fn = what.replaceAll(' ', '-');
    const dead = await cloud.queue();
    const queue = await mapped(
      fn,
      { FunctionResponseTypes: ['ReportBatchItemFailures'] },
      { VisibilityTimeout: 1, RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 } },
    );
    cloud.invoker.handlers.set(fn, handler);
    await cloud.send(queue, '"again"');
    const died: unknown[] = [];
    await vi.waitFor(async () => {
      died.push(...(await cloud.received(dead)));
      expect(died).toEqual(['again']);
    }, patience);
    expect(cloud.invoker.bodies(fn)).toEqual([['"again"'], ['"again"']]);
  });

  it('deletes what FilterCriteria do not match', async () => {
    const queue = await mapped(
      'filtered',
      {
        FilterCriteria: {
          Filters: [{ Pattern: '{"body":{"kind":["wanted"]}}' }, { Pattern: '{"body":["plain"]}' }],
        },
      },
      { VisibilityTimeout: 1 },
    );
    for (const body of ['{"kind":"other"}', '{"kind":"wanted"}', 'other', 'plain']) {
      await cloud.send(queue, body);
    }
    await expect.poll(() => cloud.invoker.bodies('filtered').flat(), patience).toContain('plain');
    expect(cloud.invoker.bodies('filtered').flat()).toEqual(['{"kind":"wanted"}', 'plain']);
    await expect.poll(() => cloud.left(queue), patience).toBe(0);
  });

  it('tries a throttled batch again without giving it back', async () => {
    const queue = await mapped('throttled');
    cloud.invoker.handlers.set('throttled', (_, nth) => {
      if (nth <= 3) throw new TooManyRequestsException('Rate Exceeded.');
    });
    await cloud.send(queue, 'once');
    await expect.poll(() => cloud.invoker.bodies('throttled'), patience).toEqual(Array(4).fill(['once']));
    expect(cloud.invoker.of('throttled').at(-1)).toMatchObject([
      { attributes: { ApproximateReceiveCount: '1' } },
    ]);
  });

  it('does nothing while disabled, and follows a new deployment', async () => {
    const queue = await mapped('switched', { Enabled: false });
    await cloud.send(queue, '"waiting"');
    await expect.poll(() => cloud.received(queue), patience).toEqual(['waiting']);
    expect(cloud.invoker.of('switched')).toEqual([]);
    await cloud.send(queue, 'second');
    await cloud.map({ EventSourceArn: queue.arn, FunctionName: 'switched' }, 'switched');
    await expect.poll(() => cloud.invoker.bodies('switched').flat(), patience).toContain('second');
  });

  it('loses no message to the long poll of a mapping that was deployed anew', async () => {
    const queue = await mapped('redeployed', { BatchSize: 5 });
    await cloud.send(queue, 'old');
    await expect.poll(() => cloud.invoker.bodies('redeployed'), patience).toEqual([['old']]);
    await expect.poll(() => cloud.left(queue), patience).toBe(0);
    await cloud.map({ EventSourceArn: queue.arn, FunctionName: 'redeployed', BatchSize: 1 }, 'redeployed');
    await cloud.send(queue, 'new');
    await expect.poll(() => cloud.invoker.bodies('redeployed'), patience).toEqual([['old'], ['new']]);
  });

  it('invokes nothing while paused', async () => {
    const queue = await mapped('paused');
    cloud.sources.pause('paused');
    await cloud.send(queue, 'later');
    const other = await mapped('other');
    await cloud.send(other, 'now');
    await expect.poll(() => cloud.invoker.bodies('other'), patience).toEqual([['now']]);
    expect(cloud.invoker.of('paused')).toEqual([]);
    cloud.sources.resume('paused');
    await expect.poll(() => cloud.invoker.bodies('paused'), patience).toEqual([['later']]);
  });

  it('answers Ref and Fn::GetAtt, and rejects for a queue that is not there', async () => {
    const queue = await cloud.queue();
    const created = await cloud.map({ EventSourceArn: queue.arn, FunctionName: 'fn' }, 'Named');
    expect(created).toEqual({
      ref: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      attributes: {
        Id: created?.ref,
        EventSourceMappingArn: `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${created?.ref}`,
      },
    });
    const absent = 'arn:aws:sqs:us-east-1:000000000000:absent';
    await expect(cloud.map({ EventSourceArn: absent, FunctionName: 'fn' })).rejects.toThrow(
      'There is no SQS queue absent.',
    );
  });
});
