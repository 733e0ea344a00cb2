import {
  CloudWatchClient,
  type CompositeAlarm,
  type MetricAlarm,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import { region } from '#local/aws.ts';
import type { Cloud } from '#local/cloud.ts';
import { operator } from '#local/credentials.ts';

/** A metric as one text: `Fanfare Sends service=send-message`. */
export type MetricKey = string;

export function metricKey(of: string, name: string, dimensions: Record<string, string>): MetricKey {
  return [of, name, ...Object.entries(dimensions).map(([key, value]) => `${key}=${value}`)].join(' ');
}

const emf = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});

/** The metrics of a log line in Embedded Metric Format; undefined for any other line. */
export function metricsOfLine(line: string): MetricKey[] | undefined {
  if (!line.includes('"_aws"')) return undefined;
  const blob = emf.parse(JSON.parse(line));
  return blob._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, z.string().parse(blob[name])]));
      return Metrics.map(({ Name }) => metricKey(Namespace, Name, dimensions));
    }),
  );
}

/** Every alarm, as CloudWatch's API tells of it. */
export async function describeAlarms(cloud: Cloud): Promise<(MetricAlarm | CompositeAlarm)[]> {
  const credentials = cloud.credentials.issue(operator);
  const client = new CloudWatchClient({ endpoint: cloud.cloudWatch.url, region, credentials });
  const alarms: (MetricAlarm | CompositeAlarm)[] = [];
  const pages = paginateDescribeAlarms({ client }, { AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
  for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages)
    alarms.push(...MetricAlarms, ...CompositeAlarms);
  client.destroy();
  return alarms;
}

/** The metrics that an alarm looks at; none for a composite one. */
export function metricsOfAlarm(alarm: MetricAlarm | CompositeAlarm): MetricKey[] {
  if ('AlarmRule' in alarm) return [];
  const { Namespace, MetricName, Dimensions, Metrics = [] }: MetricAlarm = alarm;
  const looked = [
    { Namespace, MetricName, Dimensions },
    ...Metrics.map(({ MetricStat }) => MetricStat?.Metric),
  ];
  return looked.flatMap((metric) =>
    metric?.Namespace && metric.MetricName
      ? metricKey(
          metric.Namespace,
          metric.MetricName,
          Object.fromEntries((metric.Dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value])),
        )
      : [],
  );
}

const options = z.looseObject({
  id: z.string().optional(),
  expression: z.string().optional(),
  label: z.string().optional(),
  stat: z.string().default('Average'),
  period: z.number().default(300),
  visible: z.boolean().default(true),
});

const body = z.object({
  widgets: z.array(
    z.object({
      type: z.string(),
      properties: z.looseObject({
        title: z.string().optional(),
        metrics: z.array(z.array(z.union([z.string(), options]))).default([]),
        alarms: z.array(z.string()).default([]),
        query: z.string().optional(),
      }),
    }),
  ),
});

/** One line of a widget: a metric, or an expression over others by their ids. */
export interface WidgetRow extends z.output<typeof options> {
  metric?: { namespace: string; name: string; dimensions: Record<string, string> };
}

export interface Widget {
  dashboard: string;
  type: string;
  title: string;
  rows: WidgetRow[];
  alarms: string[];
  /** Logs Insights' query. */
  query: string | undefined;
}

/** The widgets of every dashboard. */
export function widgetsOf({ cloudWatch }: Cloud): Widget[] {
  return [...cloudWatch.kept.dashboards.values()].flatMap((dashboard) =>
    body.parse(JSON.parse(dashboard.body)).widgets.map(({ type, properties }) => ({
      dashboard: dashboard.name,
      type,
      title: properties.title ?? '',
      rows: properties.metrics.map(rowOf),
      alarms: properties.alarms,
      query: properties.query,
    })),
  );
}

/** `[namespace, name, dimension, value, …, options]`, or `[{expression}]` ("Dashboard body structure and syntax"). */
function rowOf(row: (string | z.output<typeof options>)[]): WidgetRow {
  const [namespace, name, ...dimensions] = row.filter((part) => typeof part === 'string');
  const said = row.find((part) => typeof part === 'object') ?? options.parse({});
  if (namespace === undefined || name === undefined) return said;
  const pairs = Array.from({ length: dimensions.length / 2 }, (_, i) => dimensions.slice(2 * i, 2 * i + 2));
  return { ...said, metric: { namespace, name, dimensions: Object.fromEntries(pairs) } };
}
