import { z } from 'zod';
import { describe, resourcePlace } from './place.ts';
import { type Resource, UnsupportedError } from './provider.ts';

/**
 * A resource's properties in the shape of a provider's strict schema. Throws UnsupportedError with the first of them
 * that the schema does not take.
 */
export function parseProperties<T>(resource: Resource, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(resource.properties);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  if (issue?.code !== 'unrecognized_keys') throw unsupported(resource, path.join('.'), issue?.message);
  throw unsupported(resource, [...path, ...issue.keys.slice(0, 1)].join('.'));
}

/** `Rooms (AWS::DynamoDB::Table) in stack Data, KeySchema.0: <why>.` */
export function unsupported(
  resource: Resource,
  property: string,
  why = 'the local cloud does not play this property',
): UnsupportedError {
  const place = resourcePlace(resource.stack, resource.logicalId, resource.type);
  // EventBridge's own reasons for refusing a pattern end with a full stop, or not.
  return new UnsupportedError(`${describe({ ...place, path: property })}: ${why.replace(/\.$/, '')}.`);
}

/** The schema of a property that a template may have and that changes nothing in the local cloud. */
export const ignored = z.unknown().optional();
