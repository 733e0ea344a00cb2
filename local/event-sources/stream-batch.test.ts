import { expect, it } from 'vitest';
import type { BatchOutcome } from './batch-response.ts';
import { readMapping, type StreamMappingConfig } from './properties.ts';
import { type BatchRun, processBatch } from './stream-batch.ts';
import type { StreamRecord } from './stream-record.ts';
import { resource } from './test-cloud.ts';

/** Runs a batch against outcomes in turn; afterwards all goes well. */
async function run(
  records: readonly StreamRecord[],
  properties: Record<string, unknown>,
  outcomes: BatchOutcome[],
) {
  const seen = { invoked: [] as string[][], done: [] as string[], discarded: [] as object[] };
  const batchRun: BatchRun = {
    config: config(properties),
    retryDelay: { firstMs: 1, maxMs: 1 },
    stopping: new AbortController().signal,
    ready: async () => {},
    async invoke(batch) {
      seen.invoked.push(batch.map((record) => record.sequenceNumber));
      return outcomes.shift() ?? handled();
    },
    done: (batch) => seen.done.push(...batch.map((record) => record.sequenceNumber)),
    async discard({ records, condition, invocations }) {
      const sequenceNumbers = records.map((record) => record.sequenceNumber);
      seen.discarded.push({ sequenceNumbers, condition, invocations });
    },
  };
  await processBatch(records, batchRun);
  return seen;
}

function config(properties: Record<string, unknown>): StreamMappingConfig {
  const mapping = readMapping(
    resource('M', {
      EventSourceArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/rooms/stream/2026',
      FunctionName: 'fn',
      StartingPosition: 'LATEST',
      ...properties,
    }),
  );
  if (mapping.kind !== 'stream') throw new TypeError('expected a stream');
  return mapping;
}

function record(sequenceNumber: string, ageSeconds = 0): StreamRecord {
  const writtenAt = Date.now() - ageSeconds * 1000;
  return { sequenceNumber, writtenAt, bytes: 1, item: sequenceNumber, event: {} };
}

const handled = (...failed: string[]): BatchOutcome => ({ status: 'handled', failed: new Set(failed) });
const failed: BatchOutcome = { status: 'failed', reason: 'Error: no', functionError: true };

it('discards records over MaximumRecordAgeInSeconds without invoking', async () => {
  const records = [record('1', 120), record('2', 90), record('3', 10)];
  expect(await run(records, { MaximumRecordAgeInSeconds: 60 }, [])).toEqual({
    invoked: [['3']],
    done: ['1', '2', '3'],
    discarded: [{ sequenceNumbers: ['1', '2'], condition: 'RecordAgeExceeded', invocations: 0 }],
  });
});

it('gives up a failing batch when its records leave the stream after 24 hours', async () => {
  const records = [record('1', 25 * 3600), record('2')];
  expect(await run(records, {}, [failed])).toEqual({
    invoked: [['1', '2'], ['2']],
    done: ['1', '2'],
    discarded: [{ sequenceNumbers: ['1'], condition: 'RecordAgeExceeded', invocations: 1 }],
  });
});

it('discards what is left of a batch after MaximumRetryAttempts', async () => {
  const outcomes = [handled('2'), handled('3'), handled('3')];
  const properties = { MaximumRetryAttempts: 2, FunctionResponseTypes: ['ReportBatchItemFailures'] };
  expect(await run([record('1'), record('2'), record('3')], properties, outcomes)).toEqual({
    invoked: [['1', '2', '3'], ['2', '3'], ['3']],
    done: ['1', '2', '3'],
    discarded: [{ sequenceNumbers: ['3'], condition: 'RetryAttemptsExhausted', invocations: 3 }],
  });
});

it('bisects at the reported record, then in halves, without using up retries', async () => {
  const records = ['1', '2', '3', '4'].map((sequenceNumber) => record(sequenceNumber));
  const properties = {
    MaximumRetryAttempts: 0,
    BisectBatchOnFunctionError: true,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  };
  const outcomes = [handled('2'), handled('2'), handled('2'), handled('2')];
  expect(await run(records, properties, outcomes)).toEqual({
    invoked: [['1', '2', '3', '4'], ['2', '3', '4'], ['2', '3'], ['2'], ['3'], ['4']],
    done: ['1', '2', '3', '4'],
    discarded: [{ sequenceNumbers: ['2'], condition: 'RetryAttemptsExhausted', invocations: 4 }],
  });
});
