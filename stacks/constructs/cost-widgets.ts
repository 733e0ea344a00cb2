import { Duration } from 'aws-cdk-lib';
import { type IWidget, SingleValueWidget, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { type Costly, costParts } from './costs.ts';
import { math, measured } from './metrics.ts';
import { graph } from './widgets.ts';

const fiveMinutes = Duration.minutes(5);

/** What a million deliveries cost, by part: in each five minutes, and over the time that the dashboard shows. */
export function costWidgets(costly: Costly): IWidget[] {
  const parts = costParts(costly);
  const deliveries = measured('Deliveries');
  const perMillion = parts.map(({ id, label, cost }) =>
    math(`${id} / deliveries`, { [id]: cost, deliveries }, label, fiveMinutes),
  );
  // By the parts' own expressions: CloudWatch takes 2,048 characters of each.
  const total = math(
    `(${parts.map(({ id }) => id).join(' + ')}) / deliveries`,
    { ...Object.fromEntries(parts.map(({ id, cost }) => [id, cost])), deliveries },
    'dollars a million deliveries',
    fiveMinutes,
  );
  return [
    new TextWidget({
      width: 6,
      height: 6,
      markdown: [
        '# What it costs',
        'Prices of us-east-1, on demand, without the free tier (`shared/cost/prices.ts`). Open sockets, storage and',
        'CloudWatch by the month are left out. A request to SQS may hold ten messages, so queues cost less than shown.',
        '',
        'The lever is coalescing: a post costs the same however many messages share its frame.',
      ].join('\n'),
    }),
    new SingleValueWidget({
      title: 'Over the time shown',
      width: 6,
      height: 6,
      metrics: [total],
      setPeriodToTimeRange: true,
    }),
    graph('Dollars a million deliveries, by part', perMillion, { unit: 'dollars', width: 12, stacked: true }),
  ];
}
