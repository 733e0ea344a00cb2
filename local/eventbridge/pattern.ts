import { InvalidPatternError } from './invalid-pattern.ts';
import { compileMatcher, isJsonObject, type Leaf, type Matcher } from './matcher.ts';

/**
 * Compiles an event pattern, given as JSON text or parsed, into a test of events.
 *
 * The language is that of EventBridge rules and of Lambda's event source filters. An event is seen as the list of its
 * leaves, each with its path and the index it has in every array around it. A pattern matches when each of its fields
 * finds a leaf, and the leaves found lie under the same element of any array that they share: so the fields
 * of `{items: {sku, size}}` must be met by one item, not by two.
 *
 * Throws InvalidPatternError for what AWS refuses.
 */
export function compilePattern(pattern: unknown): (event: unknown) => boolean {
  const parsed = typeof pattern === 'string' ? parse(pattern) : pattern;
  if (!isJsonObject(parsed)) throw new InvalidPatternError('Filter is not an object');
  const alternatives = expand(parsed, '', [new Map()], false);
  return (event) => {
    if (!isJsonObject(event)) return false;
    const leaves = flatten(event);
    return alternatives.some((fields) => allFound([...fields], leaves, 0, new Map()));
  };
}

/** Tests one event. Whoever tests many compiles the pattern once. */
export function matches(pattern: unknown, event: unknown): boolean {
  return compilePattern(pattern)(event);
}

/** Matchers by path: a conjunction of fields, each a disjunction of matchers. */
type Alternative = Map<string, Matcher[]>;

/** AWS refuses a pattern whose `$or`s multiply to more alternatives than this. */
const maxAlternatives = 1000;

/** Names that AWS keeps out of the objects under `$or`, lest a list of matchers pass for a list of alternatives. */
const reservedUnderOr = new Set([
  ...[
    'exactly',
    'prefix',
    'suffix',
    'equals-ignore-case',
    'wildcard',
    'anything-but',
    'exists',
    'numeric',
    'cidr',
  ],
  ...['=', '<', '<=', '>', '>=', 'regex', 'not-wildcard', 'not-equals-ignore-case'],
  ...['date-after', 'date-on-or-after', 'date-before', 'date-on-or-before', 'in-date-range'],
  ...['ip-address-in-range', 'ip-address-not-in-range'],
]);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidPatternError(error instanceof Error ? error.message : String(error));
  }
}

/** Adds the fields of `object` to each alternative; a `$or` multiplies the alternatives. */
function expand(
  object: Record<string, unknown>,
  path: string,
  alternatives: Alternative[],
  underOr: boolean,
): Alternative[] {
  const entries = Object.entries(object);
  if (entries.length === 0) throw new InvalidPatternError('Empty objects are not allowed');
  let result = alternatives;
  for (const [name, value] of entries) {
    if (name === '$or') {
      result = expandOr(value, path, result);
      continue;
    }
    if (underOr && reservedUnderOr.has(name)) {
      throw new InvalidPatternError(`${name} is Ruler reserved fieldName which cannot be used inside $or.`);
    }
    const here = join(path, name);
    if (Array.isArray(value)) {
      if (value.length === 0) throw new InvalidPatternError('Empty arrays are not allowed');
      const matchers = value.map(compileMatcher);
      for (const alternative of result) alternative.set(here, matchers);
    } else if (isJsonObject(value)) {
      result = expand(value, here, result, underOr);
    } else {
      throw new InvalidPatternError(`"${name}" must be an object or an array`);
    }
  }
  return result;
}

function expandOr(value: unknown, path: string, alternatives: Alternative[]): Alternative[] {
  if (!Array.isArray(value)) throw new InvalidPatternError('It must be an Array followed with $or.');
  const objects = value.map((element: unknown) => {
    if (isJsonObject(element)) return element;
    throw new InvalidPatternError('Only JSON object is allowed in array of $or relationship.');
  });
  if (objects.length < 2) {
    throw new InvalidPatternError('There must have at least 2 Objects in $or relationship.');
  }
  const expanded: Alternative[] = [];
  for (const object of objects) {
    const copies = alternatives.map((alternative) => new Map(alternative));
    for (const alternative of expand(object, path, copies, true)) expanded.push(alternative);
    if (expanded.length > maxAlternatives) {
      throw new InvalidPatternError(
        `The $or relationships make more than ${maxAlternatives} rule combinations.`,
      );
    }
  }
  return expanded;
}

/** Array id → index of the element. */
type Membership = ReadonlyMap<number, number>;
type Leaves = Map<string, { leaf: Leaf; membership: Membership }[]>;

/** An empty object or array has no leaf: to a pattern it does not exist. */
function flatten(event: Record<string, unknown>): Leaves {
  const leaves: Leaves = new Map();
  let arrays = 0;
  const walk = (value: unknown, path: string, membership: Membership): void => {
    if (Array.isArray(value)) {
      const array = arrays++;
      for (const [index, element] of value.entries()) {
        // A plain value belongs to no element: ["a", "b"] meets two fields by two of its values.
        const structured = typeof element === 'object' && element !== null;
        walk(element, path, structured ? new Map(membership).set(array, index) : membership);
      }
    } else if (isJsonObject(value)) {
      for (const [name, inner] of Object.entries(value)) walk(inner, join(path, name), membership);
    } else if (isLeaf(value)) {
      const found = leaves.get(path);
      if (found) found.push({ leaf: value, membership });
      else leaves.set(path, [{ leaf: value, membership }]);
    }
  };
  walk(event, '', new Map());
  return leaves;
}

/** Searches for one leaf a field, such that no two leaves sit in different elements of one array. */
function allFound(
  fields: readonly (readonly [string, readonly Matcher[]])[],
  leaves: Leaves,
  next: number,
  membership: Membership,
): boolean {
  const field = fields[next];
  if (!field) return true;
  const [path, matchers] = field;
  const candidates = leaves.get(path);
  if (!candidates) {
    return matchers.some((matcher) => matcher.absent) && allFound(fields, leaves, next + 1, membership);
  }
  return candidates.some((candidate) => {
    if (!matchers.some((matcher) => matcher.test(candidate.leaf))) return false;
    const merged = merge(membership, candidate.membership);
    return merged !== undefined && allFound(fields, leaves, next + 1, merged);
  });
}

function merge(one: Membership, other: Membership): Membership | undefined {
  const merged = new Map(one);
  for (const [array, index] of other) {
    if ((merged.get(array) ?? index) !== index) return undefined;
    merged.set(array, index);
  }
  return merged;
}

/** AWS joins names by dots too, so that a key `a.b` and a key `b` within `a` are one path. */
function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
