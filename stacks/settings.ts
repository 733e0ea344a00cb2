import type { App } from 'aws-cdk-lib';
import { z } from 'zod';

/** What a deployment chooses: `fanfare:…` in cdk.json's context, or `cdk deploy -c fanfare:autoConfirmUsers=true`. */
const settings = z.strictObject({
  /** New users need not confirm their e-mail address: for trials, not for the open internet. */
  autoConfirmUsers: fromContext(z.boolean()).default(false),
  /**
   * Batches of one stream shard that dispatch works on at once, 1 to 10. Above 1, Lambda keeps the order of each item's
   * changes but not of a room's messages; clients restore that by seq, as they do anyway.
   */
  streamParallelization: fromContext(z.number().int().min(1).max(10)).default(1),
  /** Whether synthesis fails at findings of AWS's Solutions rules (cdk-nag) that no construct acknowledges. */
  securityChecks: fromContext(z.boolean()).default(true),
});

export type Settings = z.infer<typeof settings>;

/** @throws ZodError that names a setting which is unknown or wrong */
export function readSettings(app: App): Settings {
  const context: Record<string, unknown> = app.node.getAllContext();
  const ours = Object.entries(context).filter(([name]) => name.startsWith('fanfare:'));
  return settings.parse(
    Object.fromEntries(ours.map(([name, value]) => [name.slice('fanfare:'.length), value])),
  );
}

/** Values given on the command line are strings; one that is no JSON is left for the schema to refuse by name. */
function fromContext<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => {
    const json = typeof value === 'string' && /^(true|false|-?\d+(\.\d+)?)$/.test(value);
    return json ? JSON.parse(value) : value;
  }, schema);
}
