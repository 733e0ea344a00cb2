import { z } from 'zod';
import { type Resource, UnsupportedError } from '../template/provider.ts';
import { compilePattern } from './pattern.ts';

/** Accepted without a local effect. */
export const ignored = z.unknown().optional();

/** An event pattern as templates hold it: an object, or its JSON text. */
export const eventPattern = z
  .union([z.record(z.string(), z.unknown()), z.string()])
  .transform((pattern, context) => {
    try {
      return compilePattern(pattern);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });

export const busProperties = z.strictObject({
  Name: z.string(),
  DeadLetterConfig: ignored, // Only of events that a customer's key could not encrypt.
  Description: ignored,
  KmsKeyIdentifier: ignored,
  LogConfig: ignored,
  Policy: ignored,
  Tags: ignored,
});

export const busPolicyProperties = z.strictObject({
  StatementId: z.string(),
  EventBusName: z.string().default('default'),
  Action: ignored,
  Condition: ignored,
  Principal: ignored,
  Statement: ignored,
});

export const archiveProperties = z.strictObject({
  ArchiveName: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional(),
  SourceArn: z.string(),
  EventPattern: eventPattern.optional(),
  /** 0: for ever. */
  RetentionDays: z.number().int().min(0).default(0),
  Description: ignored,
  KmsKeyIdentifier: ignored,
});

/** A resource's properties by `schema`; throws UnsupportedError naming the first that it does not take. */
export function parseProperties<T extends z.ZodType>(resource: Resource, schema: T): z.output<T> {
  const parsed = schema.safeParse(resource.properties);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const path = [...(issue?.path ?? []), ...keys.slice(0, 1)].join('.');
  const why = keys.length > 0 ? 'the local cloud does not play this property' : issue?.message;
  throw unsupported(resource, path, why ?? 'invalid');
}

/** One sentence that names the resource and the property. */
export function unsupported(resource: Resource, property: string, why: string): UnsupportedError {
  return new UnsupportedError(
    `${resource.stack}/${resource.logicalId} (${resource.type}), ${property}: ${why.replace(/\.$/, '')}.`,
  );
}
