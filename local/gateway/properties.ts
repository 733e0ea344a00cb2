import type { z } from 'zod';
import { type Resource, UnsupportedError } from '#local/template/provider.ts';

/** A resource's properties in the schema's shape. Throws UnsupportedError naming resource and property otherwise. */
export function properties<T>(resource: Resource, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(resource.properties);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    throw unsupported(resource, [path, issue.keys[0]].filter(Boolean).join('.'), 'is not supported');
  }
  throw unsupported(resource, path, issue?.message ?? 'is not valid');
}

/** `<logical id> (<type>, stack <stack>): <property> <why>.` */
export function unsupported(resource: Resource, property: string, why: string): UnsupportedError {
  const { logicalId, type, stack } = resource;
  return new UnsupportedError(`${logicalId} (${type}, stack ${stack}): ${property} ${why}.`);
}
