import { z } from 'zod';
import { type Condition, type Context, compileConditions, conditionBlock } from './conditions.ts';
import { wildcard } from './wildcard.ts';

/** One action on one resource, as a statement allows or denies it: the product of the statement's two lists. */
export interface Grant {
  effect: 'Allow' | 'Deny';
  action: Pattern;
  resource: Pattern;
  holds: Condition;
}

/** Part of a statement that a call is held against. */
interface Pattern {
  /** As the policy has it, for reports. */
  text: string;
  matches(value: string): boolean;
}

export interface Request {
  /** `service:Operation`, in any case. */
  action: string;
  /** An ARN. */
  resource: string;
  context: Context;
}

export interface Decision<G extends Grant = Grant> {
  allowed: boolean;
  /** What decided: the grants that allow, or those that deny. Empty where nothing speaks of the call: it is denied. */
  grants: readonly G[];
}

/** Denied by default, allowed by any Allow, denied by any Deny ("Policy evaluation logic", IAM user guide). */
export function evaluate<G extends Grant>(grants: readonly G[], request: Request): Decision<G> {
  const { resource, context } = request;
  const action = request.action.toLowerCase();
  const speaking = grants.filter(
    (grant) => grant.action.matches(action) && grant.resource.matches(resource) && grant.holds(context),
  );
  const denying = speaking.filter(({ effect }) => effect === 'Deny');
  return denying.length > 0
    ? { allowed: false, grants: denying }
    : { allowed: speaking.length > 0, grants: speaking };
}

/**
 * Compiles an identity-based policy.
 * @param keys the condition keys (in lower case) that calls come with
 * @throws UnknownCondition
 */
export function compilePolicy({ Statement }: PolicyDocument, keys: ReadonlySet<string>): Grant[] {
  return Statement.flatMap((statement) => {
    const { Effect: effect, Action, NotAction, Resource, NotResource, Condition = {} } = statement;
    const holds = compileConditions(Condition, keys);
    const resources = patterns(Resource, NotResource, (text) => text);
    return patterns(Action, NotAction, (text) => text.toLowerCase()).flatMap((action) =>
      resources.map((resource) => ({ effect, action, resource, holds })),
    );
  });
}

const pattern = z.string().refine((text) => !text.includes('${'), 'policy variables are not played here');
const oneOrMore = z.union([pattern.transform((text) => [text]), z.array(pattern).min(1)]);
const statement = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Action: oneOrMore.optional(),
    NotAction: oneOrMore.optional(),
    Resource: oneOrMore.optional(),
    NotResource: oneOrMore.optional(),
    Condition: conditionBlock.optional(),
  })
  .refine(({ Action, NotAction }) => (Action === undefined) !== (NotAction === undefined), {
    path: ['Action'],
    message: 'a statement has either Action or NotAction',
  })
  .refine(({ Resource, NotResource }) => (Resource === undefined) !== (NotResource === undefined), {
    path: ['Resource'],
    message: 'a statement has either Resource or NotResource',
  });

/** What identity-based policies are made of. */
export const policyDocument = z.strictObject({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z.preprocess((one) => (Array.isArray(one) ? one : [one]), z.array(statement)),
});

export type PolicyDocument = z.output<typeof policyDocument>;

/** Each text is a pattern of its own; what a `Not…` element excludes belongs together. */
function patterns(
  texts: string[] | undefined,
  excluded: string[] | undefined,
  normalize: (text: string) => string,
): Pattern[] {
  if (texts) return texts.map((text) => ({ text, matches: wildcard(normalize(text)) }));
  const tests = (excluded ?? []).map((text) => wildcard(normalize(text)));
  return [
    {
      text: `all but ${excluded?.join(', ')}`,
      matches: (value) => !tests.some((matches) => matches(value)),
    },
  ];
}
