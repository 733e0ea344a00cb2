import { MetricMathError } from './math-parser.ts';
import type { MetricId } from './metric-store.ts';

/** As on AWS, a search gives a hundred metrics at most. */
const maxFound = 100;

/**
 * The metrics that `{Namespace,Dimension} MetricName="Errors" FunctionName=("a" OR "b")` finds: of the schema's
 * namespace, with its dimensions and no others. Terms are `Name="value"` or `Name=value`, all of which must hold; any
 * other term is refused.
 * @throws MetricMathError
 */
export function search<Metric extends MetricId>(expression: string, metrics: readonly Metric[]): Metric[] {
  const [, schema, terms] = /^\s*\{([^}]*)\}\s*(.*)$/.exec(expression) ?? [];
  if (schema === undefined || terms === undefined)
    throw new MetricMathError(`The local cloud cannot search for ${expression}`);
  const [namespace, ...names] = schema.split(',').map((part) => unquoted(part.trim()));
  const wanted = readTerms(terms);
  const found = metrics.filter((metric) => {
    const has = Object.keys(metric.dimensions);
    const fits = has.length === names.length && names.every((name) => has.includes(name));
    return metric.namespace === namespace && fits && wanted.every((holds) => holds(metric));
  });
  return found.slice(0, maxFound);
}

function readTerms(terms: string): ((metric: MetricId) => boolean)[] {
  const pattern = /\s*(?:AND\s+)?(\w+)\s*=\s*(?:"([^"]*)"|(\([^)]*\))|([^\s"()]+))\s*/y;
  const found: ((metric: MetricId) => boolean)[] = [];
  while (pattern.lastIndex < terms.trimEnd().length) {
    const match = pattern.exec(terms);
    if (!match) throw new MetricMathError(`The local cloud cannot search for ${terms}`);
    const [, name = '', quoted, group, bare] = match;
    const values = group ? alternatives(group) : [quoted ?? bare];
    found.push((metric) => values.includes(name === 'MetricName' ? metric.name : metric.dimensions[name]));
  }
  return found;
}

/** `("a" OR "b")` */
function alternatives(group: string): (string | undefined)[] {
  return group
    .slice(1, -1)
    .split(/\s+OR\s+/)
    .map((value) => unquoted(value.trim()));
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/, '$1');
}
