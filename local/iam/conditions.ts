import { z } from 'zod';
import { wildcard } from './wildcard.ts';

/** What is known of a call besides action and resource, by condition key in lower case. */
export type Context = Readonly<Record<string, string>>;

/** Whether a statement's conditions hold for a call. */
export type Condition = (context: Context) => boolean;

const text = z.union([z.string(), z.boolean().transform(String)]);
const values = z.union([text.transform((one) => [one]), z.array(text)]);

/** The `Condition` element: operator → key → value or values. */
export const conditionBlock = z.record(z.string(), z.record(z.string(), values));

/** The policy has a condition that cannot be decided here. `message` names the operator or the key. */
export class UnknownCondition extends Error {
  override readonly name = 'UnknownCondition';
}

type Operator = (actual: string, expected: string) => boolean;

const like: Operator = (actual, expected) => wildcard(expected)(actual);
const operators: Record<string, { holds: Operator; negated?: boolean }> = {
  StringEquals: { holds: (actual, expected) => actual === expected },
  StringNotEquals: { holds: (actual, expected) => actual === expected, negated: true },
  StringLike: { holds: like },
  StringNotLike: { holds: like, negated: true },
  // "ArnEquals and ArnLike behave identically."
  ArnEquals: { holds: like },
  ArnLike: { holds: like },
  ArnNotEquals: { holds: like, negated: true },
  ArnNotLike: { holds: like, negated: true },
  Bool: { holds: (actual, expected) => actual === expected.toLowerCase() },
};

/**
 * Compiles a statement's conditions: all must hold; of one key's values, one (of a negated operator: none).
 * @param keys the condition keys that calls come with
 * @throws UnknownCondition
 */
export function compileConditions(
  block: z.infer<typeof conditionBlock>,
  keys: ReadonlySet<string>,
): Condition {
  const conditions = Object.entries(block).flatMap(([name, tests]) =>
    Object.entries(tests).map(([key, expected]) => compile(name, key.toLowerCase(), expected, keys)),
  );
  return (context) => conditions.every((condition) => condition(context));
}

function compile(name: string, key: string, expected: string[], keys: ReadonlySet<string>): Condition {
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (!operator) throw new UnknownCondition(`the local cloud does not play the condition operator ${name}`);
  if (!keys.has(key)) throw new UnknownCondition(`the local cloud does not play the condition key ${key}`);
  const { holds, negated = false } = operator;
  return (context) => {
    const actual = context[key];
    // "If the key that you specify in a policy condition is not present in the request context, the values do not
    // match", and so a negated operator holds.
    if (actual === undefined) return negated;
    return expected.some((value) => holds(actual, value)) !== negated;
  };
}
