import { z } from 'zod';
import { type Resource, UnsupportedError } from '../template/provider.ts';

/** A property that is allowed because it has no effect here. */
export const ignored = z.unknown().optional();

/**
 * A resource's properties as `schema` describes them.
 * @throws UnsupportedError that names the resource and its first property that the schema does not allow.
 */
export function parseProperties<Schema extends z.ZodType>(
  resource: Resource,
  schema: Schema,
): z.output<Schema> {
  const parsed = schema.safeParse(resource.properties);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path ?? [];
  if (issue?.code === 'unrecognized_keys')
    throw unsupported(resource, [...path, ...issue.keys.slice(0, 1)].join('.'));
  throw unsupported(resource, path.join('.'), issue?.message);
}

/** "MyStack/Worker (AWS::Lambda::Function): the local cloud does not support the property Layers: why". */
export function unsupported(resource: Resource, property: string, reason?: string): UnsupportedError {
  const subject = `${resource.stack}/${resource.logicalId} (${resource.type})`;
  const sentence = `${subject}: the local cloud does not support the property ${property}`;
  return new UnsupportedError(reason ? `${sentence}: ${reason}` : sentence);
}
