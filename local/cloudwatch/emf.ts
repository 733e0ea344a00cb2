import type { MetricStore } from './metric-store.ts';

/** The Embedded Metric Format specification: values of one metric in a line. */
const maxValues = 100;

/**
 * Takes the metrics out of a log line in Embedded Metric Format. A line that says it is one and is not counts as
 * AWS/Logs EMFParsingErrors or EMFValidationErrors of its log group, as on AWS.
 */
export function ingestEmf(store: MetricStore, logGroup: string, line: string): void {
  // Most lines are not: they cost one search.
  if (!line.includes('"_aws"')) return;
  const root = parse(line);
  if (!isObject(root)) {
    store.record('AWS/Logs', 'EMFParsingErrors', { LogGroupName: logGroup }, 1);
    return;
  }
  const metadata = root._aws;
  // The word may stand anywhere in a line that is not about metrics.
  if (metadata === undefined) return;
  if (!isObject(metadata) || !ingest(store, root, metadata))
    store.record('AWS/Logs', 'EMFValidationErrors', { LogGroupName: logGroup }, 1);
}

type Json = Record<string, unknown>;

/** False where anything is not as the specification says; what is right is taken all the same. */
function ingest(store: MetricStore, root: Json, { Timestamp, CloudWatchMetrics }: Json): boolean {
  if (typeof Timestamp !== 'number' || !Array.isArray(CloudWatchMetrics)) return false;
  let valid = true;
  for (const directive of CloudWatchMetrics) {
    if (
      !isObject(directive) ||
      typeof directive.Namespace !== 'string' ||
      !Array.isArray(directive.Metrics)
    ) {
      valid = false;
      continue;
    }
    const sets = dimensionSets(root, directive.Dimensions);
    for (const metric of directive.Metrics) {
      const name = isObject(metric) ? metric.Name : undefined;
      const values = typeof name === 'string' ? numbers(root[name]) : undefined;
      if (typeof name !== 'string' || !sets || !values) {
        valid = false;
        continue;
      }
      for (const dimensions of sets) {
        for (const value of values)
          store.record(directive.Namespace, name, dimensions, value, { at: Timestamp });
      }
    }
  }
  return valid;
}

/** Each set makes a metric of its own; without any there is one metric without dimensions. */
function dimensionSets(root: Json, sets: unknown): Record<string, string>[] | undefined {
  if (sets === undefined) return [{}];
  if (!Array.isArray(sets)) return undefined;
  const found: Record<string, string>[] = [];
  for (const names of sets) {
    if (!Array.isArray(names)) return undefined;
    const dimensions: Record<string, string> = {};
    for (const name of names) {
      const value = typeof name === 'string' ? root[name] : undefined;
      if (value === undefined) return undefined;
      dimensions[name] = String(value);
    }
    found.push(dimensions);
  }
  return found.length > 0 ? found : [{}];
}

function numbers(value: unknown): number[] | undefined {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.length <= maxValues && values.every((one) => typeof one === 'number') ? values : undefined;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // No JSON: the caller counts it.
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
