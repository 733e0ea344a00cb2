import { z } from 'zod';
import { physicalName } from '../aws.ts';
import { ignored, parseProperties, unsupported } from '../template/properties.ts';
import type { Created, Resource } from '../template/provider.ts';
import type { MetricStore } from './metric-store.ts';

/** Counts the lines of a log group that hold some words. */
export interface MetricFilter {
  logGroup: string;
  take(line: string): void;
}

const properties = z.strictObject({
  FilterName: z.string().optional(),
  LogGroupName: z.string(),
  FilterPattern: z.string(),
  MetricTransformations: z
    .array(
      z.strictObject({
        MetricNamespace: z.string(),
        MetricName: z.string(),
        MetricValue: z.coerce.number(),
        Unit: ignored,
      }),
    )
    .length(1),
  ApplyOnTransformedLogs: z.literal(false).optional(),
});

/**
 * `AWS::Logs::MetricFilter` with a pattern of words, all of which a line must hold, and a number as its value.
 * @throws UnsupportedError for patterns of JSON fields, of columns, with `?` and `-`, and for values taken from a line
 */
export function metricFilter(
  resource: Resource,
  store: MetricStore,
): { filter: MetricFilter; created: Created } {
  const { LogGroupName, FilterName, FilterPattern, MetricTransformations } = parseProperties(
    resource,
    properties,
  );
  if (!/^(\s*("[^"]*"|\w+))*\s*$/.test(FilterPattern))
    throw unsupported(resource, 'FilterPattern', 'only words that a line must hold are played');
  const words = (FilterPattern.match(/"[^"]*"|\w+/g) ?? []).map((word) => word.replaceAll('"', ''));
  const [metric] = MetricTransformations;
  return {
    filter: {
      logGroup: LogGroupName,
      take(line) {
        if (metric && words.every((word) => line.includes(word)))
          store.record(metric.MetricNamespace, metric.MetricName, {}, metric.MetricValue);
      },
    },
    created: { ref: FilterName ?? physicalName(resource.stack, resource.logicalId) },
  };
}
