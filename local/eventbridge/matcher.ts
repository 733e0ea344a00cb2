import { parseCidr } from './cidr.ts';
import { InvalidPatternError } from './invalid-pattern.ts';
import { compileWildcard } from './wildcard.ts';

/** What a field of an event can hold once objects and arrays are unfolded. */
export type Leaf = string | number | boolean | null;

/** One element of a field's list in a pattern. */
export interface Matcher {
  test(leaf: Leaf): boolean;
  /** True of `{exists: false}`, which is met by a field that has no leaf, and by nothing else. */
  absent?: boolean;
}

/** Compiles one element of a field's list: a plain value or `{operator: operand}`. Throws InvalidPatternError. */
export function compileMatcher(expression: unknown): Matcher {
  if (Array.isArray(expression)) {
    throw new InvalidPatternError('Match value must be String, number, true, false, or null');
  }
  if (!isJsonObject(expression)) return { test: (leaf) => leaf === expression };
  const [operator, operand] = onlyEntry(expression, 'Match expression name not found');
  switch (operator) {
    case 'exists':
      if (operand === true) return { test: () => true };
      if (operand === false) return { test: () => false, absent: true };
      throw new InvalidPatternError('exists match pattern must be either true or false.');
    case 'prefix':
    case 'suffix':
      return onStrings(affix(operator, operand));
    case 'equals-ignore-case':
      return onStrings(equalsIgnoreCase(text(operand, operator)));
    case 'wildcard':
      return onStrings(compileWildcard(text(operand, operator)));
    case 'cidr':
      return onStrings(parseCidr(text(operand, operator)));
    case 'numeric':
      return numeric(operand);
    case 'anything-but':
      return anythingBut(operand);
    default:
      throw new InvalidPatternError(`Unrecognized match type ${operator}`);
  }
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type StringTest = (value: string) => boolean;

function onStrings(test: StringTest): Matcher {
  return { test: (leaf) => typeof leaf === 'string' && test(leaf) };
}

function onlyEntry(object: Record<string, unknown>, whenEmpty: string): [string, unknown] {
  const [entry, ...others] = Object.entries(object);
  if (!entry) throw new InvalidPatternError(whenEmpty);
  if (others.length > 0) throw new InvalidPatternError('Only one key allowed in match expression');
  return entry;
}

function text(operand: unknown, operator: string): string {
  if (typeof operand === 'string') return operand;
  throw new InvalidPatternError(`${operator} match pattern must be a string`);
}

/** `{prefix: "a"}` or `{prefix: {"equals-ignore-case": "a"}}`, and suffix alike. */
function affix(operator: 'prefix' | 'suffix', operand: unknown): StringTest {
  if (!isJsonObject(operand)) return plainAffix(operator, text(operand, operator));
  const title = operator === 'prefix' ? 'Prefix' : 'Suffix';
  const [inner, wanted] = onlyEntry(operand, `${title} expression name not found`);
  if (inner !== 'equals-ignore-case') {
    throw new InvalidPatternError(`Unsupported ${operator} pattern: ${inner}`);
  }
  const test = plainAffix(operator, fold(text(wanted, inner)));
  return (value) => test(fold(value));
}

function plainAffix(operator: 'prefix' | 'suffix', wanted: string): StringTest {
  return operator === 'prefix' ? (value) => value.startsWith(wanted) : (value) => value.endsWith(wanted);
}

function equalsIgnoreCase(wanted: string): StringTest {
  const folded = fold(wanted);
  return (value) => fold(value) === folded;
}

function fold(value: string): string {
  return value.toLowerCase();
}

/** Met by a leaf of any type that is none of the operand's values. The field must exist. */
function anythingBut(operand: unknown): Matcher {
  if (isJsonObject(operand)) {
    const [operator, inner] = onlyEntry(operand, 'Anything-But expression name not found');
    const tests = (Array.isArray(inner) ? inner : [inner]).map((value) => excluded(operator, value));
    if (tests.length === 0) throw new InvalidPatternError('Empty arrays are not allowed');
    return { test: (leaf) => typeof leaf !== 'string' || !tests.some((test) => test(leaf)) };
  }
  const values: unknown[] = Array.isArray(operand) ? operand : [operand];
  const kinds = new Set(values.map((value) => typeof value));
  if (values.some((value) => typeof value !== 'string' && typeof value !== 'number')) {
    throw new InvalidPatternError(
      Array.isArray(operand)
        ? 'Inside anything but list, start|null|boolean is not supported.'
        : 'Value of anything-but must be an array or single string/number value.',
    );
  }
  if (kinds.size !== 1) {
    throw new InvalidPatternError(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    );
  }
  const set = new Set(values);
  return { test: (leaf) => !set.has(leaf) };
}

function excluded(operator: string, operand: unknown): StringTest {
  switch (operator) {
    case 'prefix':
    case 'suffix': {
      const wanted = text(operand, 'prefix/suffix');
      if (wanted === '') throw new InvalidPatternError('Null prefix/suffix not allowed');
      return plainAffix(operator, wanted);
    }
    case 'equals-ignore-case':
      return equalsIgnoreCase(text(operand, operator));
    case 'wildcard':
      return compileWildcard(text(operand, operator));
    default:
      throw new InvalidPatternError(`Unsupported anything-but pattern: ${operator}`);
  }
}

/** EventBridge compares numbers from -5e9 to 5e9; outside, a field meets no range. */
const numericLimit = 5e9;

const lower = {
  '>': (value: number, limit: number) => value > limit,
  '>=': (value: number, limit: number) => value >= limit,
};
const upper = {
  '<': (value: number, limit: number) => value < limit,
  '<=': (value: number, limit: number) => value <= limit,
};

/** `["=", n]`, one bound, or a lower bound and then an upper one. */
function numeric(operand: unknown): Matcher {
  if (!Array.isArray(operand)) throw new InvalidPatternError('Value of numeric must be an array.');
  const terms: unknown[] = operand;
  const [operator, value, ...rest] = terms;
  if (typeof operator !== 'string') {
    throw new InvalidPatternError(`Invalid member in numeric match: ${String(operator)}`);
  }
  if (operator === '=') {
    const wanted = limit(value, 'equals');
    if (rest.length > 0) throw new InvalidPatternError('Too many elements in numeric expression');
    return onNumbers((number) => number === wanted);
  }
  if (operator === '<' || operator === '<=') {
    const top = limit(value, operator);
    if (rest.length > 0) throw new InvalidPatternError('Too many elements in numeric expression');
    return onNumbers((number) => upper[operator](number, top));
  }
  if (operator !== '>' && operator !== '>=') {
    throw new InvalidPatternError(`Unrecognized numeric range operator: ${operator}`);
  }
  const bottom = limit(value, operator);
  if (rest.length === 0) return onNumbers((number) => lower[operator](number, bottom));
  const [second, end, ...tooMany] = rest;
  if (second !== '<' && second !== '<=') {
    throw new InvalidPatternError(`Bad numeric range operator: ${String(second)}`);
  }
  const top = limit(end, second);
  if (tooMany.length > 0) throw new InvalidPatternError('Too many terms in numeric range expression');
  if (bottom >= top) throw new InvalidPatternError('Bottom must be less than top');
  return onNumbers((number) => lower[operator](number, bottom) && upper[second](number, top));
}

function limit(value: unknown, operator: string): number {
  if (typeof value !== 'number') throw new InvalidPatternError(`Value of ${operator} must be numeric`);
  if (Math.abs(value) > numericLimit) {
    throw new InvalidPatternError('Value must be between -5.0E9 and 5.0E9, inclusive');
  }
  return value;
}

function onNumbers(test: (value: number) => boolean): Matcher {
  return { test: (leaf) => typeof leaf === 'number' && Math.abs(leaf) <= numericLimit && test(leaf) };
}
