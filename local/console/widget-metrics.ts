import { z } from 'zod';
import type { MetricDataQuery } from '../cloudwatch/metric-query.ts';

/** What a metric array ends with, where it says more than the metric's name. */
const options = z.looseObject({
  id: z.string().optional(),
  expression: z.string().optional(),
  label: z.string().optional(),
  color: z.string().optional(),
  yAxis: z.enum(['left', 'right']).default('left'),
  stat: z.string().optional(),
  period: z.number().optional(),
  visible: z.boolean().default(true),
});

/** A row of a widget's `metrics`. */
export const metricRow = z.array(z.unknown());

/** A row, its shorthand spelt out. */
export interface WidgetMetric {
  query: MetricDataQuery;
  label: string | undefined;
  color: string | undefined;
  yAxis: 'left' | 'right';
  /** Empty for an expression. */
  metricName: string;
  stat: string;
}

/** CloudWatch's seconds; high-resolution periods are not played. */
const periodOf = (seconds: number) => Math.max(60, Math.ceil(seconds / 60) * 60);

/**
 * The queries of a metric widget ("Dashboard Body Structure and Syntax"): `[namespace, name, dimension, value, …,
 * options]` where `"."` repeats a field of the row above and `"..."` all that are left out, or `[{expression}]`.
 */
export function widgetMetrics(
  rows: z.infer<typeof metricRow>[],
  widget: { stat: string; period: number },
): WidgetMetric[] {
  const parsed = rows.map((row) => {
    const last = row.at(-1);
    const hasOptions = typeof last === 'object' && last !== null;
    return {
      fields: (hasOptions ? row.slice(0, -1) : row).map(String),
      more: options.parse(hasOptions ? last : {}),
    };
  });
  const taken = new Set(parsed.flatMap(({ more }) => more.id ?? []));
  let number = 0;
  const freeId = () => {
    do number++;
    while (taken.has(`auto${number}`));
    return `auto${number}`;
  };

  let above: string[] = [];
  return parsed.map(({ fields, more }) => {
    const stat = more.stat ?? widget.stat;
    const period = periodOf(more.period ?? widget.period);
    const common = {
      Id: more.id ?? freeId(),
      ReturnData: more.visible,
      ...(more.label && { Label: more.label }),
    };
    const { label, color, yAxis } = more;
    if (more.expression !== undefined) {
      const query = { ...common, Expression: more.expression, Period: period };
      return { query, label, color, yAxis, metricName: '', stat };
    }
    above = spellOut(fields, above);
    const [Namespace = '', MetricName = '', ...pairs] = above;
    const Dimensions: Record<string, string> = {};
    for (let i = 0; i < pairs.length; i += 2) Dimensions[pairs[i] ?? ''] = pairs[i + 1] ?? '';
    const MetricStat = { Metric: { Namespace, MetricName, Dimensions }, Period: period, Stat: stat };
    return { query: { ...common, MetricStat }, label, color, yAxis, metricName: MetricName, stat };
  });
}

function spellOut(fields: string[], above: string[]): string[] {
  const rest = fields.indexOf('...');
  if (rest >= 0) {
    const after = fields.slice(rest + 1);
    const filled = above.slice(rest, above.length - after.length);
    return spellOut([...fields.slice(0, rest), ...filled, ...after], above);
  }
  return fields.map((field, i) => (field === '.' ? (above[i] ?? '') : field));
}
