import { z } from 'zod';
import type { CloudWatch } from '../cloudwatch/cloudwatch.ts';
import { MetricMathError } from '../cloudwatch/math-parser.ts';
import { MetricAlarm } from '../cloudwatch/metric-alarm.ts';
import { UnsupportedStatisticError } from '../cloudwatch/statistic.ts';
import type { Logs } from '../lambda/logs.ts';
import { type AlarmBrief, brief } from './alarms.ts';
import { ConsoleError } from './console-error.ts';
import { LogQueryError, type LogQueryResult, runLogQuery } from './log-query.ts';
import { unitOf } from './units.ts';
import { metricRow, widgetMetrics } from './widget-metrics.ts';

/** A dashboard with the data of its widgets. */
export interface DrawnDashboard {
  name: string;
  /** Milliseconds since the epoch. */
  start: number;
  end: number;
  widgets: DrawnWidget[];
}

interface Place {
  /** In CloudWatch's grid of 24 columns; undefined where the widget follows the one before it. */
  x: number | undefined;
  y: number | undefined;
  width: number;
  height: number;
}

export type DrawnWidget = Place & (MetricWidget | TextWidget | AlarmWidget | LogWidget | OtherWidget);

export interface MetricWidget {
  type: 'metric';
  title: string;
  view: 'timeSeries' | 'singleValue' | 'gauge' | 'bar' | 'pie' | 'table';
  stacked: boolean;
  left: Axis;
  right: Axis;
  horizontal: { value: number; label: string; yAxis: 'left' | 'right'; color: string | undefined }[];
  vertical: { at: number; label: string }[];
  series: DrawnSeries[];
  /** Why there is nothing to draw. */
  problem: string | undefined;
}

interface Axis {
  label: string | undefined;
  min: number | undefined;
  max: number | undefined;
}

type Point = [at: number, value: number];

export interface DrawnSeries {
  label: string;
  color: string | undefined;
  yAxis: 'left' | 'right';
  unit: string;
  /** Milliseconds between two points. */
  width: number;
  /** Milliseconds since the epoch, value; ascending. */
  points: Point[];
  /** Of the period that has not ended: its value still changes. In `points` where there is no other. */
  running: Point | undefined;
}

interface TextWidget {
  type: 'text';
  markdown: string;
}

export interface AlarmWidget {
  type: 'alarm';
  title: string;
  alarms: AlarmBrief[];
}

export interface LogWidget {
  type: 'log';
  title: string;
  query: string;
  result: LogQueryResult | undefined;
  /** Why it is not run here. */
  problem: string | undefined;
}

interface OtherWidget {
  type: 'other';
  title: string;
}

/** Draws the template's dashboard over the last `minutes` of CloudWatch's. @throws ConsoleError */
export async function drawDashboard(
  cloudWatch: CloudWatch,
  logs: Logs,
  name: string,
  minutes: number,
): Promise<DrawnDashboard> {
  const dashboard = cloudWatch.kept.dashboards.get(name);
  if (!dashboard) throw new ConsoleError(`The template has no dashboard ${name}.`, 404);
  const { widgets } = dashboardBody.parse(JSON.parse(dashboard.body));
  const end = Date.now();
  const range = { start: end - minutes * cloudWatch.clock.minuteMs, end };
  const drawn = widgets.map(async ({ type, x, y, width, height, properties }) => {
    const place = { x, y, width, height };
    switch (type) {
      case 'metric':
        return { ...place, ...drawMetrics(cloudWatch, metricProperties.parse(properties), range) };
      case 'text':
        return { ...place, type, markdown: textProperties.parse(properties).markdown };
      case 'alarm': {
        const { title, alarms } = alarmProperties.parse(properties);
        const found = alarms.flatMap((arn) => cloudWatch.alarms.find(arn) ?? []);
        return { ...place, type, title, alarms: found.map(brief) };
      }
      case 'log':
        return { ...place, ...(await drawLogs(logs, logProperties.parse(properties), range)) };
      default:
        return { ...place, type: 'other' as const, title: `A ${type} widget, which is drawn on AWS only` };
    }
  });
  return { name, ...range, widgets: await Promise.all(drawn) };
}

interface Range {
  start: number;
  end: number;
}

function drawMetrics(
  cloudWatch: CloudWatch,
  properties: z.output<typeof metricProperties>,
  { start, end }: Range,
): MetricWidget {
  const { title, view, stacked, yAxis, annotations, stat, period } = properties;
  const widget: MetricWidget = {
    type: 'metric',
    title,
    view,
    stacked,
    left: yAxis.left,
    right: yAxis.right,
    horizontal: annotations.horizontal,
    vertical: annotations.vertical.map(({ value, label }) => ({ at: Date.parse(value), label })),
    series: [],
    problem: undefined,
  };
  try {
    const metrics = widgetMetrics(properties.metrics, { stat, period });
    const shown = new Map(metrics.map((metric) => [metric.query.Id, metric]));
    const watched = annotations.alarms.flatMap((arn) => cloudWatch.alarms.find(arn) ?? []);
    const alarms = watched.filter((alarm) => alarm instanceof MetricAlarm);
    const queries = metrics.map(({ query }) => query);
    const all = [
      ...(queries.length > 0 ? cloudWatch.query(queries, start, end) : []),
      ...alarms.flatMap((alarm) => cloudWatch.query(alarm.queries, start, end)),
    ];
    widget.series = all.map((series) => {
      const metric = shown.get(series.id);
      const side = metric?.yAxis ?? 'left';
      return {
        label: series.label,
        color: metric?.color,
        yAxis: side,
        unit: unitOf(metric?.metricName ?? '', metric?.stat ?? '', [series.label, yAxis[side].label, title]),
        ...splitRunning([...series.points], cloudWatch.clock.width(series.period), end),
      };
    });
    for (const { properties: alarm } of alarms)
      widget.horizontal.push({ value: alarm.Threshold, label: 'Alarm', yAxis: 'left', color: undefined });
  } catch (error) {
    if (!(error instanceof MetricMathError || error instanceof UnsupportedStatisticError)) throw error;
    widget.problem = error.message;
  }
  return widget;
}

function splitRunning(points: Point[], width: number, now: number) {
  const last = points.at(-1);
  if (!last || points.length === 1 || last[0] + width <= now) return { width, points, running: undefined };
  return { width, points: points.slice(0, -1), running: last };
}

async function drawLogs(
  logs: Logs,
  { title, query }: z.output<typeof logProperties>,
  range: Range,
): Promise<LogWidget> {
  const widget: LogWidget = { type: 'log', title, query, result: undefined, problem: undefined };
  try {
    widget.result = await runLogQuery(logs, query, range);
  } catch (error) {
    if (!(error instanceof LogQueryError)) throw error;
    widget.problem = error.message;
  }
  return widget;
}

const dashboardBody = z.looseObject({
  widgets: z
    .array(
      z.looseObject({
        type: z.string(),
        x: z.number().optional(),
        y: z.number().optional(),
        width: z.number().default(6),
        height: z.number().default(6),
        properties: z.unknown(),
      }),
    )
    .default([]),
});

const axis = z
  .looseObject({ label: z.string().optional(), min: z.number().optional(), max: z.number().optional() })
  .transform(({ label, min, max }) => ({ label, min, max }))
  .default({ label: undefined, min: undefined, max: undefined });

const horizontal = z
  .looseObject({
    value: z.number(),
    label: z.string().default(''),
    yAxis: z.enum(['left', 'right']).default('left'),
    color: z.string().optional(),
  })
  .transform(({ value, label, yAxis, color }) => ({ value, label, yAxis, color }));

const metricProperties = z.looseObject({
  title: z.string().default(''),
  view: z.enum(['timeSeries', 'singleValue', 'gauge', 'bar', 'pie', 'table']).default('timeSeries'),
  stacked: z.boolean().default(false),
  metrics: z.array(metricRow).default([]),
  stat: z.string().default('Average'),
  period: z.number().default(300),
  yAxis: z.looseObject({ left: axis, right: axis }).default({
    left: { label: undefined, min: undefined, max: undefined },
    right: { label: undefined, min: undefined, max: undefined },
  }),
  annotations: z
    .looseObject({
      // A band is two lines; only single ones are drawn.
      horizontal: z
        .array(z.union([horizontal, z.array(horizontal)]))
        .default([])
        .transform((all) => all.flat()),
      vertical: z.array(z.looseObject({ value: z.string(), label: z.string().default('') })).default([]),
      alarms: z.array(z.string()).default([]),
    })
    .default({ horizontal: [], vertical: [], alarms: [] }),
});

const textProperties = z.looseObject({ markdown: z.string() });
const alarmProperties = z.looseObject({ title: z.string().default('Alarms'), alarms: z.array(z.string()) });
const logProperties = z.looseObject({ title: z.string().default('Logs'), query: z.string() });
