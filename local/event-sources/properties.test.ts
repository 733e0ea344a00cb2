import { expect, it } from 'vitest';
import { UnsupportedError } from '#local/template/provider.ts';
import { readMapping, startingPollers } from './properties.ts';
import { resource } from './test-cloud.ts';

const stream = {
  EventSourceArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/rooms/stream/2026',
  FunctionName: 'fn',
  StartingPosition: 'LATEST',
};
const queue = { EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:jobs', FunctionName: 'fn' };

it("has Lambda's defaults", () => {
  expect(readMapping(resource('M', stream))).toMatchObject({
    kind: 'stream',
    enabled: true,
    batchSize: 100,
    windowMs: 0,
    maxRetries: -1,
    maxAgeSeconds: -1,
    parallelization: 1,
    bisect: false,
    reportsFailures: false,
  });
  expect(readMapping(resource('M', queue))).toMatchObject({
    kind: 'queue',
    batchSize: 10,
    maxConcurrency: startingPollers,
  });
});

it('accepts what has no effect here', () => {
  const tagged = { ...queue, Tags: [{ Key: 'a', Value: 'b' }], MetricsConfig: { Metrics: ['EventCount'] } };
  expect(readMapping(resource('M', tagged))).toMatchObject({ kind: 'queue' });
});

it.each([
  [{ ...stream, TumblingWindowInSeconds: 30 }, 'TumblingWindowInSeconds'],
  [{ ...stream, StartingPosition: 'AT_TIMESTAMP' }, 'StartingPosition'],
  [{ ...stream, MaximumRecordAgeInSeconds: 30 }, 'MaximumRecordAgeInSeconds'],
  [{ ...stream, ParallelizationFactor: 11 }, 'ParallelizationFactor'],
  [
    { ...stream, DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failures' } } },
    'DestinationConfig.OnFailure.Destination',
  ],
  [{ ...stream, FilterCriteria: { Filters: [{ Pattern: '{"eventName":"INSERT"}' }] } }, 'FilterCriteria'],
  [{ ...stream, ScalingConfig: { MaximumConcurrency: 2 } }, 'ScalingConfig'],
  [{ ...queue, StartingPosition: 'LATEST' }, 'StartingPosition'],
  [{ ...queue, BatchSize: 100 }, 'MaximumBatchingWindowInSeconds'],
  [{ ...queue, ScalingConfig: { MaximumConcurrency: 1 } }, 'ScalingConfig.MaximumConcurrency'],
  [{ ...queue, ProvisionedPollerConfig: { MinimumPollers: 2 } }, 'ProvisionedPollerConfig'],
  [{ ...queue, EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s' }, 'EventSourceArn'],
])('refuses %j by one sentence that names the resource and the property', (properties, named) => {
  const read = () => readMapping(resource('Jobs', properties));
  expect(read).toThrow(UnsupportedError);
  expect(read).toThrow(/: .*[^.]\.$/);
  expect(read).toThrow(`Jobs (AWS::Lambda::EventSourceMapping) in stack Test, ${named}: `);
});
