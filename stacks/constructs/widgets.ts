import {
  Color,
  GraphWidget,
  type IMetric,
  LogQueryVisualizationType,
  LogQueryWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ServiceFunction } from './service-function.ts';

/** Columns of a dashboard's row. */
export const columns = 24;

interface GraphOptions {
  /** What the values are, at the left axis. */
  unit: string;
  /** Of `columns`; a third without it. */
  width?: number;
  stacked?: boolean;
  /** A quota or threshold, drawn as a line. */
  limit?: { value: number; label: string };
}

/** A graph over time whose left axis begins at zero. */
export function graph(
  title: string,
  metrics: IMetric[],
  { unit, width = 8, stacked, limit }: GraphOptions,
): GraphWidget {
  return new GraphWidget({
    title,
    width,
    height: 6,
    left: metrics,
    stacked,
    leftYAxis: { min: 0, label: unit, showUnits: false },
    leftAnnotations: limit && [{ ...limit, color: Color.RED }],
  });
}

/** A table of what a Logs Insights query finds in the functions' logs. */
export function logTable(
  title: string,
  functions: ServiceFunction[],
  queryLines: string[],
  width = columns,
): LogQueryWidget {
  return new LogQueryWidget({
    title,
    width,
    height: 6,
    view: LogQueryVisualizationType.TABLE,
    logGroupNames: functions.map(({ logs }) => logs.logGroupName),
    queryLines,
  });
}
