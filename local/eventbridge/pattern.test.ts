import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidPatternError } from './invalid-pattern.ts';
import { compilePattern, matches } from './pattern.ts';

/** `[why, list of matchers for the field f, value of f, whether it matches]`; `absent` leaves f out. */
type Case = [string, unknown[], unknown, boolean];
const absent = Symbol('absent');

function table(cases: Case[]) {
  test.each(cases)('%s', (_why, matchers, value, expected) => {
    expect(matches({ f: matchers }, value === absent ? { g: 1 } : { f: value })).toBe(expected);
  });
}

describe('plain values', () => {
  table([
    ['a string', ['red', 'blue'], 'blue', true],
    ['another string', ['red', 'blue'], 'green', false],
    ['case counts', ['red'], 'Red', false],
    ['an empty string', [''], '', true],
    ['an empty string is not null', [''], null, false],
    ['null', [null], null, true],
    ['null is not missing', [null], absent, false],
    ['null is not the word', [null], 'null', false],
    ['a number as a number', [300], 300.0, true],
    ['a number is not its text', [300], '300', false],
    ['nor text a number', ['300'], 300, false],
    ['an account number beyond the numeric limits', [123456789012], 123456789012, true],
    ['true', [true], true, true],
    ['true is not the word', [true], 'true', false],
    ['false is not null', [false], null, false],
    ['unicode', ['früh 🐦'], 'früh 🐦', true],
    ['an object where a value is wanted', ['red'], { red: 'red' }, false],
  ]);
});

describe('strings', () => {
  table([
    ['prefix', [{ prefix: 'eu-' }], 'eu-west-1', true],
    ['prefix elsewhere', [{ prefix: 'eu-' }], 'us-eu-1', false],
    ['prefix that is all', [{ prefix: 'eu' }], 'eu', true],
    ['prefix of a number', [{ prefix: '1' }], 123, false],
    ['prefix, any case', [{ prefix: { 'equals-ignore-case': 'EU-' } }], 'eu-west-1', true],
    ['suffix', [{ suffix: '.png' }], 'cat.png', true],
    ['suffix elsewhere', [{ suffix: '.png' }], 'cat.png.txt', false],
    ['suffix, any case', [{ suffix: { 'equals-ignore-case': '.PNG' } }], 'cat.pNg', true],
    ['equals-ignore-case', [{ 'equals-ignore-case': 'ÄrGer' }], 'äRgER', true],
    ['equals-ignore-case is whole', [{ 'equals-ignore-case': 'alice' }], 'Alicea', false],
    ['one of several operators', ['x', { prefix: 'a' }, { suffix: 'z' }], 'buzz', true],
  ]);
});

describe('wildcard', () => {
  table([
    ['in the middle', [{ wildcard: 'dir/*.png' }], 'dir/sub/cat.png', true],
    ['for nothing', [{ wildcard: 'a*b' }], 'ab', true],
    ['ends may not overlap', [{ wildcard: 'aba*aba' }], 'aba', false],
    ['a later literal must fit before the end', [{ wildcard: 'a*bc*c' }], 'abc', false],
    ['several', [{ wildcard: '*a*b*c' }], 'xxaxxbxxbxc', true],
    ['order counts', [{ wildcard: '*b*a*' }], 'ab', false],
    ['alone, also for an empty string', [{ wildcard: '*' }], '', true],
    ['not for a number', [{ wildcard: '*' }], 5, false],
    ['no wildcard: the whole value', [{ wildcard: 'abc' }], 'abcd', false],
    ['an escaped asterisk', [{ wildcard: 'a\\*b' }], 'a*b', true],
    ['stands for nothing else', [{ wildcard: 'a\\*b' }], 'axb', false],
    ['an escaped backslash before a wildcard', [{ wildcard: 'C:\\\\*' }], 'C:\\temp', true],
    ['a line break is a character', [{ wildcard: 'a*b' }], 'a\nb', true],
  ]);
});

describe('anything-but', () => {
  table([
    ['another value', [{ 'anything-but': 'on' }], 'off', true],
    ['the value', [{ 'anything-but': 'on' }], 'on', false],
    ['null is another value', [{ 'anything-but': 'on' }], null, true],
    ['a missing field is no value', [{ 'anything-but': 'on' }], absent, false],
    ['of a list of strings', [{ 'anything-but': ['a', 'b'] }], 'b', false],
    ['of a list of numbers', [{ 'anything-but': [1, 2] }], 2, false],
    ['text is none of the numbers', [{ 'anything-but': [1, 2] }], '2', true],
    ['prefix', [{ 'anything-but': { prefix: 'x-' } }], 'x-trace', false],
    ['prefix: a number has none', [{ 'anything-but': { prefix: '1' } }], 12, true],
    ['several prefixes', [{ 'anything-but': { prefix: ['x-', 'y-'] } }], 'y-1', false],
    ['suffix', [{ 'anything-but': { suffix: '.tmp' } }], 'a.tmp', false],
    ['suffix of another', [{ 'anything-but': { suffix: '.tmp' } }], 'a.txt', true],
    ['equals-ignore-case', [{ 'anything-but': { 'equals-ignore-case': 'ON' } }], 'oN', false],
    ['a list of them', [{ 'anything-but': { 'equals-ignore-case': ['on', 'off'] } }], 'OFF', false],
    ['wildcard', [{ 'anything-but': { wildcard: '*/lib/*' } }], 'a/lib/b', false],
    ['wildcard that misses', [{ 'anything-but': { wildcard: ['*/lib/*', '*.jar'] } }], 'a/bin/b', true],
    ['an array with one other element', [{ 'anything-but': 'a' }], ['a', 'b'], true],
    ['an array of nothing else', [{ 'anything-but': 'a' }], ['a', 'a'], false],
  ]);
});

describe('numeric', () => {
  table([
    ['=', [{ numeric: ['=', 3.018e2] }], 301.8, true],
    ['= of another', [{ numeric: ['=', 5] }], 5.000001, false],
    ['<', [{ numeric: ['<', 10] }], 10, false],
    ['<=', [{ numeric: ['<=', 10] }], 10, true],
    ['>', [{ numeric: ['>', -1] }], 0, true],
    ['>=', [{ numeric: ['>=', 0] }], -0.1, false],
    ['a range, its open end', [{ numeric: ['>', 0, '<=', 5] }], 0, false],
    ['a range, its closed end', [{ numeric: ['>', 0, '<=', 5] }], 5, true],
    ['text is no number', [{ numeric: ['<', 10] }], '5', false],
    ['null is no number', [{ numeric: ['<', 10] }], null, false],
    ['beyond what EventBridge compares', [{ numeric: ['>', 0] }], 5_000_000_001, false],
  ]);
});

describe('exists', () => {
  table([
    ['true', [{ exists: true }], 'x', true],
    ['true of null', [{ exists: true }], null, true],
    ['true of an empty string', [{ exists: true }], '', true],
    ['true of a missing field', [{ exists: true }], absent, false],
    ['true of an object: no leaf', [{ exists: true }], { a: 1 }, false],
    ['true of an empty array: no leaf', [{ exists: true }], [], false],
    ['false of a missing field', [{ exists: false }], absent, true],
    ['false of null', [{ exists: false }], null, false],
    ['false of an object: no leaf', [{ exists: false }], { a: 1 }, true],
    ['false of an empty array', [{ exists: false }], [], true],
    ['missing or a value: missing', [{ exists: false }, 'x'], absent, true],
    ['missing or a value: the value', [{ exists: false }, 'x'], 'x', true],
    ['missing or a value: another', [{ exists: false }, 'x'], 'y', false],
  ]);

  test('exists: false holds when the parent is missing', () => {
    expect(matches({ a: { b: { c: [{ exists: false }] } } }, { x: 1 })).toBe(true);
    expect(matches({ a: { b: { c: [{ exists: false }] } } }, { a: { b: 'leaf' } })).toBe(true);
    expect(matches({ a: { b: { c: [{ exists: false }] } } }, { a: { b: { c: 0 } } })).toBe(false);
  });
});

describe('cidr', () => {
  table([
    ['inside', [{ cidr: '10.0.0.0/24' }], '10.0.0.255', true],
    ['outside', [{ cidr: '10.0.0.0/24' }], '10.0.1.0', false],
    ['one address', [{ cidr: '10.1.2.3/32' }], '10.1.2.3', true],
    ['everything', [{ cidr: '0.0.0.0/0' }], '203.0.113.9', true],
    ['IPv6 inside', [{ cidr: '2001:db8::/32' }], '2001:0DB8:ffff::1', true],
    ['IPv6 outside', [{ cidr: '2001:db8::/32' }], '2001:db9::1', false],
    ['IPv4 is not in an IPv6 block', [{ cidr: '::/0' }], '10.0.0.1', false],
    ['not an address', [{ cidr: '10.0.0.0/8' }], '10.0.0', false],
  ]);
});

describe('structure', () => {
  test('every field must match, at any depth; other fields are ignored', () => {
    const pattern = { source: ['shop'], detail: { order: { state: ['paid'] } } };
    expect(matches(pattern, { source: 'shop', detail: { order: { state: 'paid', total: 5 } } })).toBe(true);
    expect(matches(pattern, { source: 'shop', detail: { order: { state: 'open' } } })).toBe(false);
    expect(matches(pattern, { source: 'shop', detail: 'paid' })).toBe(false);
  });

  test('any element of an array matches, also of nested arrays', () => {
    expect(matches({ tags: ['b'] }, { tags: ['a', 'b'] })).toBe(true);
    expect(matches({ tags: ['c'] }, { tags: ['a', 'b'] })).toBe(false);
    expect(matches({ tags: ['b'] }, { tags: [['a'], [['b']]] })).toBe(true);
    expect(matches({ a: { b: [2] } }, { a: [{ b: 1 }, [{ b: 2 }]] })).toBe(true);
  });

  test('fields under one array are met by one element of it', () => {
    const pattern = { items: { sku: ['cap'], size: ['L'] } };
    const inOne = {
      items: [
        { sku: 'tee', size: 'S' },
        { sku: 'cap', size: 'L' },
      ],
    };
    const inTwo = {
      items: [
        { sku: 'cap', size: 'S' },
        { sku: 'tee', size: 'L' },
      ],
    };
    expect(matches(pattern, inOne)).toBe(true);
    expect(matches(pattern, inTwo)).toBe(false);
  });

  test('a later element is tried when an earlier one fits only half', () => {
    const event = {
      a: [
        { x: 1, y: 1 },
        { x: 1, y: 2 },
      ],
    };
    expect(matches({ a: { x: [1], y: [2] } }, event)).toBe(true);
  });

  test('fields of different arrays are independent; inner arrays bind within their outer element', () => {
    expect(matches({ a: { x: [1] }, b: { x: [2] } }, { a: [{ x: 0 }, { x: 1 }], b: [{ x: 2 }] })).toBe(true);
    const nested = {
      a: [
        { n: 1, b: [{ v: 1 }] },
        { n: 2, b: [{ v: 9 }, { v: 2 }] },
      ],
    };
    expect(matches({ a: { n: [2], b: { v: [2] } } }, nested)).toBe(true);
    expect(matches({ a: { n: [1], b: { v: [2] } } }, nested)).toBe(false);
  });

  test('plain values of an array belong to no element', () => {
    expect(matches({ a: ['x'], $or: [{ b: [1] }, { c: [1] }] }, { a: ['w', 'x'], c: [0, 1] })).toBe(true);
  });

  test('an event that is no object matches nothing', () => {
    for (const event of [null, undefined, 'x', 3, [{ f: 'x' }]]) {
      expect(matches({ f: ['x'] }, event)).toBe(false);
      expect(matches({ f: [{ exists: false }] }, event)).toBe(false);
    }
  });

  test("Lambda's filters are written in the same language", () => {
    const stream = compilePattern({
      eventName: ['INSERT'],
      dynamodb: { NewImage: { kind: { S: ['message'] } } },
    });
    const record = {
      eventName: 'INSERT',
      dynamodb: { NewImage: { kind: { S: 'message' }, seq: { N: '7' } } },
    };
    expect(stream(record)).toBe(true);
    expect(stream({ ...record, eventName: 'MODIFY' })).toBe(false);
    const keys = { dynamodb: { Keys: { sk: { S: [{ 'anything-but': { prefix: 'SENDER#' } }] } } } };
    expect(matches(keys, { dynamodb: { Keys: { sk: { S: 'SENDER#bob' } } } })).toBe(false);
    expect(matches({ body: { n: [{ numeric: ['>', 3] }] } }, { body: { n: 4 } })).toBe(true);
    expect(matches('{"body":{"n":[4]}}', { body: { n: 4 } })).toBe(true);
  });
});

describe('$or', () => {
  const pattern = {
    source: ['shop'],
    $or: [{ state: ['paid'] }, { total: [{ numeric: ['>', 100] }], country: ['IS', 'NO'] }],
  };

  test('one alternative is enough, with the fields beside it', () => {
    expect(matches(pattern, { source: 'shop', state: 'paid' })).toBe(true);
    expect(matches(pattern, { source: 'shop', total: 101, country: 'NO' })).toBe(true);
    expect(matches(pattern, { source: 'shop', total: 101, country: 'SE' })).toBe(false);
    expect(matches(pattern, { source: 'bank', state: 'paid' })).toBe(false);
  });

  test('several $or at different levels all count; alternatives nest', () => {
    const nested = {
      $or: [{ a: [1] }, { b: [1], $or: [{ c: [1] }, { d: [1] }] }],
      detail: { $or: [{ x: [1] }, { y: [{ exists: false }] }] },
    };
    expect(matches(nested, { a: 1, detail: { x: 1, y: 2 } })).toBe(true);
    expect(matches(nested, { a: 1, detail: { x: 2, y: 2 } })).toBe(false);
    expect(matches(nested, { b: 1, d: 1, detail: {} })).toBe(true);
    expect(matches(nested, { b: 1, detail: {} })).toBe(false);
  });

  test('an alternative under an array binds to one element', () => {
    const items = { items: { sku: ['cap'], $or: [{ size: ['L'] }, { size: ['XL'] }] } };
    expect(
      matches(items, {
        items: [
          { sku: 'cap', size: 'S' },
          { sku: 'tee', size: 'XL' },
        ],
      }),
    ).toBe(false);
    expect(
      matches(items, {
        items: [
          { sku: 'cap', size: 'S' },
          { sku: 'cap', size: 'XL' },
        ],
      }),
    ).toBe(true);
  });
});

describe('what AWS refuses', () => {
  test.each<[unknown, string]>([
    ['not json', 'is not valid JSON'],
    [[], 'Filter is not an object'],
    [null, 'Filter is not an object'],
    [{}, 'Empty objects are not allowed'],
    [{ detail: {} }, 'Empty objects are not allowed'],
    [{ f: [] }, 'Empty arrays are not allowed'],
    [{ f: 'x' }, '"f" must be an object or an array'],
    [{ f: null }, '"f" must be an object or an array'],
    [{ f: [['x']] }, 'Match value must be String, number, true, false, or null'],
    [{ f: [{}] }, 'Match expression name not found'],
    [{ f: [{ prefix: 'a', suffix: 'b' }] }, 'Only one key allowed in match expression'],
    [{ f: [{ regex: 'a' }] }, 'Unrecognized match type regex'],
    [{ f: [{ prefix: 1 }] }, 'prefix match pattern must be a string'],
    [{ f: [{ suffix: ['a'] }] }, 'suffix match pattern must be a string'],
    [{ f: [{ prefix: { suffix: 'a' } }] }, 'Unsupported prefix pattern: suffix'],
    [{ f: [{ 'equals-ignore-case': null }] }, 'equals-ignore-case match pattern must be a string'],
    [{ f: [{ wildcard: 'a**b' }] }, 'Consecutive wildcard characters at pos 1'],
    [{ f: [{ wildcard: 'a\\n' }] }, 'Invalid escape character at pos 1'],
    [{ f: [{ 'anything-but': true }] }, 'must be an array or single string/number value'],
    [{ f: [{ 'anything-but': ['a', 1] }] }, 'mixed type is not supported'],
    [{ f: [{ 'anything-but': [] }] }, 'mixed type is not supported'],
    [{ f: [{ 'anything-but': [null] }] }, 'Inside anything but list'],
    [{ f: [{ 'anything-but': { prefix: '' } }] }, 'Null prefix/suffix not allowed'],
    [{ f: [{ 'anything-but': { numeric: ['=', 1] } }] }, 'Unsupported anything-but pattern: numeric'],
    [{ f: [{ numeric: 5 }] }, 'Value of numeric must be an array.'],
    [{ f: [{ numeric: [] }] }, 'Invalid member in numeric match'],
    [{ f: [{ numeric: ['!=', 5] }] }, 'Unrecognized numeric range operator: !='],
    [{ f: [{ numeric: ['=', '5'] }] }, 'Value of equals must be numeric'],
    [{ f: [{ numeric: ['<', 5, '>', 1] }] }, 'Too many elements in numeric expression'],
    [{ f: [{ numeric: ['>', 1, '>', 2] }] }, 'Bad numeric range operator: >'],
    [{ f: [{ numeric: ['>', 5, '<', 5] }] }, 'Bottom must be less than top'],
    [{ f: [{ numeric: ['>', 1, '<', 5, '<', 9] }] }, 'Too many terms in numeric range expression'],
    [{ f: [{ numeric: ['<', 5_000_000_001] }] }, 'Value must be between -5.0E9 and 5.0E9, inclusive'],
    [{ f: [{ exists: 'yes' }] }, 'exists match pattern must be either true or false.'],
    [{ f: [{ cidr: '10.0.0.0' }] }, "Malformed CIDR, one '/' required"],
    [{ f: [{ cidr: '10.0.0.0/33' }] }, 'IPv4 mask bits must be < 33'],
    [{ f: [{ cidr: 'host/8' }] }, 'Nonstandard IP address: host'],
    [{ $or: { a: [1] } }, 'It must be an Array followed with $or.'],
    [{ $or: [{ a: [1] }] }, 'There must have at least 2 Objects in $or relationship.'],
    [{ $or: ['a', 'b'] }, 'Only JSON object is allowed in array of $or relationship.'],
    [{ $or: [{ prefix: ['a'] }, { b: [1] }] }, 'prefix is Ruler reserved fieldName'],
    [
      Object.fromEntries([...'abcdefghij'].map((name) => [name, or(name)])),
      'more than 1000 rule combinations',
    ],
  ])('%j', (pattern, reason) => {
    expect(() => compilePattern(pattern)).toThrow(InvalidPatternError);
    expect(() => compilePattern(pattern)).toThrow(reason);
  });

  function or(name: string) {
    return { $or: [{ [`${name}1`]: [1] }, { [`${name}2`]: [1] }] };
  }
});

describe('for all', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));

  test('a pattern of every leaf of an event matches it, and exists: false of a leaf never does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), leaf, { minKeys: 1 }), (event) => {
        const pattern = Object.fromEntries(Object.entries(event).map(([name, value]) => [name, [value]]));
        const none = Object.fromEntries(Object.keys(event).map((name) => [name, [{ exists: false }]]));
        expect(matches(pattern, { ...event, another: [{}] })).toBe(true);
        expect(matches(none, event)).toBe(false);
      }),
    );
  });

  test('a wildcard agrees with the regular expression that it means', () => {
    const parts = fc.array(fc.stringMatching(/^[ab]{1,2}$/), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(parts, fc.stringMatching(/^[ab]{0,8}$/), (literals, value) => {
        const expected = new RegExp(`^${literals.join('.*')}$`).test(value);
        expect(matches({ f: [{ wildcard: literals.join('*') }] }, { f: value })).toBe(expected);
      }),
    );
  });

  test('anything-but is what its operand is not', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('prefix', 'suffix', 'equals-ignore-case'),
        fc.string(),
        (operator, value) => {
          const inner = { [operator]: 'aB' };
          const positive = matches({ f: [inner] }, { f: value });
          expect(matches({ f: [{ 'anything-but': inner }] }, { f: value })).toBe(!positive);
        },
      ),
    );
  });
});
