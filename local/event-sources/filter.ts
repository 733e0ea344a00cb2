import { z } from 'zod';
import { InvalidPatternError } from '#local/eventbridge/invalid-pattern.ts';
import { compilePattern } from '#local/eventbridge/pattern.ts';
import { unsupported } from '#local/template/properties.ts';
import type { Resource } from '#local/template/provider.ts';

/** True when the record, as it stands in an event's `Records`, is for the function. */
export type Filter = (record: Readonly<Record<string, unknown>>) => boolean;

/** AWS allows 5 filters a mapping, and 10 by request. */
export const filterCriteria = z.strictObject({
  Filters: z
    .array(z.strictObject({ Pattern: z.string().max(4096).optional() }))
    .max(10)
    .optional(),
});

/** A record is for the function when any of the patterns matches it, or when there is none. */
export function compileFilter(
  resource: Resource,
  criteria: z.output<typeof filterCriteria> | undefined,
): Filter {
  const patterns = (criteria?.Filters ?? []).flatMap(({ Pattern }) =>
    Pattern === undefined ? [] : [Pattern],
  );
  if (patterns.length === 0) return () => true;
  const filters = patterns.map((pattern) => compile(resource, pattern));
  return (record) => filters.some((filter) => filter(record));
}

function compile(resource: Resource, pattern: string): Filter {
  try {
    const test = compilePattern(pattern);
    const body = bodyFormat(JSON.parse(pattern));
    return (record) => {
      if (typeof record.body !== 'string' || body === undefined) return test(record);
      const parsed = parseJson(record.body);
      // "Using event filtering with an Amazon SQS event source": a body and a pattern of different formats never match.
      if ((parsed === undefined) !== (body === 'text')) return false;
      return test(parsed === undefined ? record : { ...record, body: parsed });
    };
  } catch (error) {
    if (!(error instanceof InvalidPatternError)) throw error;
    throw unsupported(resource, 'FilterCriteria', `the pattern ${pattern} is not valid: ${error.reason}`);
  }
}

/** Whether a pattern looks at messages' bodies, and as what. */
function bodyFormat(pattern: unknown): 'text' | 'json' | undefined {
  if (typeof pattern !== 'object' || pattern === null || !('body' in pattern)) return undefined;
  return Array.isArray(pattern.body) ? 'text' : 'json';
}

/** A body that is a JSON object or array; undefined for plain text. */
function parseJson(body: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
