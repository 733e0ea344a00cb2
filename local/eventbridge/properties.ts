import { z } from 'zod';
import { ignored } from '../template/properties.ts';
import { compilePattern } from './pattern.ts';

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
