import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { describe, expect, it } from 'vitest';
import { Clock } from './clock.ts';
import { ingestEmf } from './emf.ts';
import { MetricStore } from './metric-store.ts';

function ingested(...lines: string[]) {
  const clock = new Clock();
  const store = new MetricStore(clock, () => {});
  for (const line of lines) ingestEmf(store, '/aws/lambda/deliver', line);
  return store.list().map(({ lastAt, ...metric }) => {
    const minute = clock.minuteOf(lastAt);
    const values = store.read(metric, minute, minute + clock.minuteMs);
    return { ...metric, count: values?.count, sum: values?.sum, max: values?.max };
  });
}

function emf(fields: object, directives: unknown, Timestamp: unknown = Date.now()): string {
  return JSON.stringify({ _aws: { Timestamp, CloudWatchMetrics: directives }, ...fields });
}

const parsing = { namespace: 'AWS/Logs', name: 'EMFParsingErrors' };
const validation = { namespace: 'AWS/Logs', name: 'EMFValidationErrors' };

describe('a line in Embedded Metric Format', () => {
  it('of Powertools becomes its metrics, with the dimension service', () => {
    const powertools = new Metrics({ namespace: 'Fanfare', serviceName: 'deliver' });
    powertools.addMetric('DeliveryLatency', MetricUnit.Milliseconds, 120);
    powertools.addMetric('DeliveryLatency', MetricUnit.Milliseconds, 80);
    powertools.addMetric('Posts', MetricUnit.Count, 7);
    const line = JSON.stringify(powertools.serializeMetrics());
    powertools.clearMetrics();
    const dimensions = { service: 'deliver' };
    expect(ingested(line)).toEqual([
      { namespace: 'Fanfare', name: 'DeliveryLatency', dimensions, count: 2, sum: 200, max: 120 },
      { namespace: 'Fanfare', name: 'Posts', dimensions, count: 1, sum: 7, max: 7 },
    ]);
  });

  it('may have several sets of dimensions, none, and several directives', () => {
    const Metrics = [{ Name: 'Size', Unit: 'Bytes', StorageResolution: 1 }];
    const line = emf({ Size: [1, 2], a: 'x', b: 3 }, [
      { Namespace: 'One', Dimensions: [['a'], ['a', 'b']], Metrics },
      { Namespace: 'Two', Metrics },
    ]);
    expect(ingested(line)).toMatchObject([
      { namespace: 'One', dimensions: { a: 'x' }, sum: 3 },
      { namespace: 'One', dimensions: { a: 'x', b: '3' }, sum: 3 },
      { namespace: 'Two', dimensions: {}, count: 2 },
    ]);
  });

  it('counts its values for the time that it gives', () => {
    const line = emf({ Size: 1 }, [{ Namespace: 'One', Metrics: [{ Name: 'Size' }] }], Date.now() - 600_000);
    expect(ingested(line)).toMatchObject([{ name: 'Size', sum: 1 }]);
  });

  it.each([
    ['cut off', '{"_aws":{"Timestamp":1', parsing],
    ['with text before it', `INFO ${emf({}, [])}`, parsing],
    [
      'without a time',
      emf({ Size: 1 }, [{ Namespace: 'One', Metrics: [{ Name: 'Size' }] }], 'now'),
      validation,
    ],
    [
      'with a metric that is no number',
      emf({ Size: 'big' }, [{ Namespace: 'One', Metrics: [{ Name: 'Size' }] }]),
      validation,
    ],
    [
      'with a dimension that it lacks',
      emf({ Size: 1 }, [{ Namespace: 'One', Dimensions: [['a']], Metrics: [{ Name: 'Size' }] }]),
      validation,
    ],
    ['without directives', JSON.stringify({ _aws: { Timestamp: 1 } }), validation],
  ])('%s counts as an error of its log group', (_, line, error) => {
    expect(ingested(line)).toEqual([
      { ...error, dimensions: { LogGroupName: '/aws/lambda/deliver' }, count: 1, sum: 1, max: 1 },
    ]);
  });

  it('is one only where it has the member _aws at its root', () => {
    expect(ingested('START', '{"message":"no \\"_aws\\" here"}', '{"nested":{"_aws":{}}}')).toEqual([]);
  });
});
