import { z } from 'zod';
import { wildcard } from '#local/iam/wildcard.ts';

const oneOrMore = z.union([z.string().transform((text) => [text]), z.array(z.string())]);

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore,
});

/** A policy as Lambda authorizers return it; conditions and the `Not…` forms are not played. */
export const policyDocument = z.object({
  Version: z.string().optional(),
  Statement: z.union([statement.transform((one) => [one]), z.array(statement)]),
});

/** Whether a policy allows `execute-api:Invoke` on a resource: denied by default, and by any matching Deny. */
export function allowsInvoke(policy: z.infer<typeof policyDocument>, resource: string): boolean {
  const effects = policy.Statement.filter(
    ({ Action, Resource }) =>
      Action.some((pattern) => wildcard(pattern.toLowerCase())('execute-api:invoke')) &&
      Resource.some((pattern) => wildcard(pattern)(resource)),
  ).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}
