import { z } from 'zod';
import { ignored } from '../template/properties.ts';
import { dimensions, metricDataQuery, period } from './metric-query.ts';

type Comparison = { compare(value: number, threshold: number): boolean; sentence: string };

/** By ComparisonOperator; those of anomaly detection are not played. */
export const comparisons = {
  GreaterThanThreshold: { compare: (value, threshold) => value > threshold, sentence: 'greater than' },
  GreaterThanOrEqualToThreshold: {
    compare: (value, threshold) => value >= threshold,
    sentence: 'greater than or equal to',
  },
  LessThanThreshold: { compare: (value, threshold) => value < threshold, sentence: 'less than' },
  LessThanOrEqualToThreshold: {
    compare: (value, threshold) => value <= threshold,
    sentence: 'less than or equal to',
  },
} as const satisfies Record<string, Comparison>;

const topics = z
  .array(z.string().regex(/^arn:[^:]*:sns:/, 'only topics can be told by the local cloud'))
  .max(5)
  .default([]);

const common = {
  AlarmName: z.string().min(1).max(255).optional(),
  AlarmDescription: z.string().optional(),
  ActionsEnabled: z.boolean().default(true),
  AlarmActions: topics,
  OKActions: topics,
  InsufficientDataActions: topics,
  Tags: ignored,
};

/** `AWS::CloudWatch::Alarm` */
export const metricAlarmProperties = z.strictObject({
  ...common,
  ComparisonOperator: z.enum([
    'GreaterThanThreshold',
    'GreaterThanOrEqualToThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
  ]),
  EvaluationPeriods: z.coerce.number().int().min(1),
  DatapointsToAlarm: z.coerce.number().int().min(1).optional(),
  Threshold: z.coerce.number(),
  TreatMissingData: z.enum(['missing', 'notBreaching', 'breaching', 'ignore']).optional(),
  // `ignore` would leave an alarm as it is while a percentile rests on few values.
  EvaluateLowSampleCountPercentile: z.literal('evaluate').optional(),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: dimensions,
  Period: period.optional(),
  Statistic: z.enum(['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum']).optional(),
  ExtendedStatistic: z.string().optional(),
  Unit: z.string().optional(),
  Metrics: z.array(metricDataQuery).min(1).optional(),
});

/** `AWS::CloudWatch::CompositeAlarm`; its action suppressor is not played. */
export const compositeAlarmProperties = z.strictObject({ ...common, AlarmRule: z.string() });

/** The settings that both kinds have. */
export function settingsOf(
  name: string,
  properties: z.output<typeof compositeAlarmProperties> | z.output<typeof metricAlarmProperties>,
) {
  return {
    name,
    description: properties.AlarmDescription,
    actionsEnabled: properties.ActionsEnabled,
    actions: {
      ALARM: properties.AlarmActions,
      OK: properties.OKActions,
      INSUFFICIENT_DATA: properties.InsufficientDataActions,
    },
  };
}
