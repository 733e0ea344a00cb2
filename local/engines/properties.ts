import type { z } from 'zod';
import { physicalName, stableId } from '#local/aws.ts';
import { type Resource, UnsupportedError } from '#local/template/provider.ts';

/** A resource's properties by a strict schema; throws UnsupportedError with the first thing that does not fit. */
export function readProperties<T>(resource: Resource, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(resource.properties);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = [...(issue?.path ?? [])];
  if (issue?.code === 'unrecognized_keys') {
    const property = [...path, issue.keys[0]].join('.');
    throw unsupported(resource, `has the property ${property}, which the local cloud does not play`);
  }
  throw unsupported(
    resource,
    `has a ${path.join('.')} that the local cloud does not play: ${issue?.message}`,
  );
}

/** An UnsupportedError whose sentence begins with the resource's type, stack and logical id. */
export function unsupported(resource: Resource, says: string): UnsupportedError {
  return new UnsupportedError(`${resource.type} ${resource.stack}/${resource.logicalId} ${says}.`);
}

/** A made-up name of at most `length` characters: shortened from the middle, so that it stays unique. */
export function madeUpName({ stack, logicalId }: Resource, length: number): string {
  const name = physicalName(stack, logicalId);
  return name.length <= length ? name : `${name.slice(0, length - 9)}-${stableId(name, 8)}`;
}
