import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { prices } from '#shared/cost/prices.ts';
import { Templates } from '#test/support/templates.ts';

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
const templates = new Templates();

/** CloudWatch's prices a month: of a metric that an alarm watches, a composite alarm, and a dashboard. */
const monthly = { alarmMetric: 0.1, compositeAlarm: 0.5, dashboard: 3 };
/** Of one queue: five pollers ask every 20 s. */
const pollsAMonth = 5 * 3 * 60 * 24 * 30;

it('README tells what an idle month costs, to within two dollars', () => {
  const [, told] = /\*\*Idle: about \$(\d+) a month\*\*/.exec(readme) ?? [];
  const cost =
    watchedMetrics() * monthly.alarmMetric +
    templates.ofType('AWS::CloudWatch::CompositeAlarm').length * monthly.compositeAlarm +
    templates.ofType('AWS::CloudWatch::Dashboard').length * monthly.dashboard +
    polledQueues() * pollsAMonth * prices.sqsRequest.dollars;
  expect(Math.abs(Number(told) - cost)).toBeLessThan(2);
});

function polledQueues(): number {
  const mappings = templates.ofType('AWS::Lambda::EventSourceMapping');
  // Streams are read from a starting position, and free.
  return mappings.filter(({ properties }) => !('StartingPosition' in properties)).length;
}

/** An alarm on an expression is charged for each metric in it. */
function watchedMetrics(): number {
  return templates.ofType('AWS::CloudWatch::Alarm').reduce((sum, { properties: { Metrics } }) => {
    const metrics = Array.isArray(Metrics) ? Metrics.filter((metric) => 'MetricStat' in metric).length : 1;
    return sum + metrics;
  }, 0);
}
