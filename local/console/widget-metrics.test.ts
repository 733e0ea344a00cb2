import { expect, it } from 'vitest';
import { widgetMetrics } from './widget-metrics.ts';

const widget = { stat: 'Average', period: 300 };

it('spells out what a row leaves to the one above it', () => {
  const metrics = widgetMetrics(
    [
      ['AWS/SQS', 'NumberOfMessagesSent', 'QueueName', 'a', { stat: 'Sum', period: 60 }],
      ['...', 'b'],
      ['.', 'NumberOfMessagesDeleted', '.', '.'],
      ['.', '.', '.', 'a', { label: 'gone', yAxis: 'right', visible: false }],
    ],
    widget,
  );
  expect(metrics.map(({ query: { MetricStat } }) => MetricStat)).toEqual([
    stat('NumberOfMessagesSent', 'a', 60, 'Sum'),
    stat('NumberOfMessagesSent', 'b'),
    stat('NumberOfMessagesDeleted', 'b'),
    stat('NumberOfMessagesDeleted', 'a'),
  ]);
  expect(metrics[3]).toMatchObject({ yAxis: 'right', query: { Label: 'gone', ReturnData: false } });
});

it('gives each row an id of its own, beside those that expressions use', () => {
  const metrics = widgetMetrics(
    [
      ['Fanfare', 'Sends', { id: 'auto1' }],
      ['Fanfare', 'Posts'],
      [{ expression: 'auto1 / 2', label: 'Half' }],
    ],
    widget,
  );
  expect(metrics.map(({ query: { Id } }) => Id)).toEqual(['auto1', 'auto2', 'auto3']);
  expect(metrics[2]?.query).toMatchObject({ Expression: 'auto1 / 2', Label: 'Half', Period: 300 });
});

function stat(MetricName: string, queue: string, Period = 300, Stat = 'Average') {
  return { Metric: { Namespace: 'AWS/SQS', MetricName, Dimensions: { QueueName: queue } }, Period, Stat };
}
