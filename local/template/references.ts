import type { Evaluator } from './evaluate.ts';
import { asIntrinsic, getAttArgument, stackOutputArgument, subArgument, subParts } from './intrinsics.ts';
import { notPlayed, type Place, rejectDynamicReference, within } from './place.ts';
import { isRecord } from './schema.ts';

/** Something that must exist before the value that names it can be evaluated. */
export type Reference = { at: Place } & (
  | { kind: 'name'; name: string }
  | { kind: 'export'; name: string }
  | { kind: 'output'; stack: string; name: string }
);

/**
 * What `value` refers to, of an `Fn::If` only the branch that is taken. Throws UnsupportedError on functions that the
 * evaluator does not know, so that this is told before anything is created; wrong arguments are left to the evaluator.
 */
export function references(value: unknown, evaluator: Evaluator, at: Place): Reference[] {
  if (typeof value === 'string') rejectDynamicReference(value, at);
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => references(item, evaluator, within(at, index)));
  }
  const intrinsic = asIntrinsic(value);
  if (intrinsic) return ofIntrinsic(...intrinsic, evaluator, at);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => references(item, evaluator, within(at, key)));
}

function ofIntrinsic(name: string, argument: unknown, evaluator: Evaluator, at: Place): Reference[] {
  if (!evaluator.plays(name)) throw notPlayed(at, name);
  const inside = within(at, name);
  switch (name) {
    case 'Ref':
      return typeof argument === 'string' ? [{ kind: 'name', name: argument, at }] : [];

    case 'Fn::GetAtt': {
      const parsed = getAttArgument.safeParse(argument);
      if (!parsed.success) return [];
      const { logicalId, attribute } = parsed.data;
      return [{ kind: 'name', name: logicalId, at }, ...references(attribute, evaluator, inside)];
    }

    case 'Fn::Sub': {
      const parsed = subArgument.safeParse(argument);
      if (!parsed.success) return [];
      const { template, variables } = parsed.data;
      const named = subParts(template).flatMap((part) => {
        if ('text' in part || Object.hasOwn(variables, part.name)) return [];
        return [{ kind: 'name' as const, name: part.name.split('.', 1).join(), at }];
      });
      rejectDynamicReference(template, at);
      return [...named, ...references(variables, evaluator, inside)];
    }

    case 'Fn::If': {
      if (!Array.isArray(argument) || typeof argument[0] !== 'string') return [];
      const taken = evaluator.condition(argument[0], inside) ? 1 : 2;
      return references(argument[taken], evaluator, within(inside, taken));
    }

    case 'Fn::ImportValue': {
      const exportName = evaluator.evaluate(argument, inside);
      return typeof exportName === 'string' ? [{ kind: 'export', name: exportName, at }] : [];
    }

    case 'Fn::GetStackOutput': {
      const parsed = stackOutputArgument.safeParse(evaluator.evaluate(argument, inside));
      if (!parsed.success) return [];
      return [{ kind: 'output', stack: parsed.data.StackName, name: parsed.data.OutputName, at }];
    }

    default:
      return references(argument, evaluator, inside);
  }
}
