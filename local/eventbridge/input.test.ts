import { describe, expect, test } from 'vitest';
import { compileInput } from './input.ts';
import type { EventEnvelope } from './put-events.ts';

const rule = { arn: 'arn:aws:events:us-east-1:000000000000:rule/orders', name: 'orders' };
const event: EventEnvelope = {
  version: '0',
  id: '11111111-2222-3333-4444-555555555555',
  'detail-type': 'OrderPaid',
  source: 'shop',
  account: '000000000000',
  time: '2026-11-20T12:00:00Z',
  region: 'us-east-1',
  resources: ['arn:one', 'arn:two'],
  detail: {
    id: 7,
    note: 'say "hi"\n',
    paid: true,
    coupon: null,
    lines: [{ sku: 'a' }, { sku: 'b' }],
    'ship-to': { city: 'Oslo' },
  },
};
const ingestedAt = '2026-11-20T12:00:01Z';

const transform = (InputTemplate: string, InputPathsMap: Record<string, string> = {}) =>
  compileInput({ InputTransformer: { InputTemplate, InputPathsMap } }, rule)(event, ingestedAt);

test('without any of the three, the event itself', () => {
  expect(JSON.parse(compileInput({}, rule)(event, ingestedAt))).toEqual(event);
});

test('a constant Input', () => {
  expect(compileInput({ Input: '{"a":1}' }, rule)(event, ingestedAt)).toBe('{"a":1}');
});

test.each([
  ['$', event],
  ['$.detail.id', 7],
  ['$.detail-type', 'OrderPaid'],
  ['$.detail.lines[1].sku', 'b'],
  ['$.detail.lines[*].sku', ['a', 'b']],
  ['$.resources.*', ['arn:one', 'arn:two']],
  ['$.detail.ship-to', { city: 'Oslo' }],
  ['$.detail.nothing.here', null],
  ['$.detail.toString', null],
])('InputPath %s', (InputPath, expected) => {
  expect(JSON.parse(compileInput({ InputPath }, rule)(event, ingestedAt))).toEqual(expected);
});

describe('a template', () => {
  const paths = {
    id: '$.detail.id',
    note: '$.detail.note',
    coupon: '$.detail.coupon',
    city: '$.detail.ship-to.city',
    to: '$.detail.ship-to',
    'skus-of_all': '$.detail.lines[*].sku',
    absent: '$.detail.absent',
  };

  test('writes bare variables as JSON', () => {
    const text = transform(
      '{"id":<id>,"city":<city>,"to":<to>,"skus":[<skus-of_all>,1],"none":<coupon>}',
      paths,
    );
    const skus = [['a', 'b'], 1];
    expect(JSON.parse(text)).toEqual({ id: 7, city: 'Oslo', to: { city: 'Oslo' }, skus, none: null });
  });

  test('fills strings, escaping what a string cannot hold', () => {
    const text = transform('{"text":"order \\"<id>\\" to <city>: <note>"}', paths);
    expect(JSON.parse(text)).toEqual({ text: 'order "7" to Oslo: say "hi"\n' });
  });

  test('strips the quotation marks of an object within a string', () => {
    expect(transform('"to <to>"', paths)).toBe('"to {city:Oslo}"');
  });

  test('may be a string alone, or several lines of them', () => {
    expect(transform('"order <id>"', paths)).toBe('"order 7"');
    expect(transform('"order <id>"\n"to <city>"', paths)).toBe('"order 7"\n"to Oslo"');
  });

  test('leaves what the event lacks empty', () => {
    expect(transform('{"a":<absent>,"b":"[<absent>]"}', paths)).toBe('{"a":"","b":"[]"}');
  });

  test('knows the predefined variables', () => {
    const text = transform(
      '{"all":<aws.events.event.json>,"head":<aws.events.event>,"rule":<aws.events.rule-arn>,' +
        '"at":"<aws.events.event.ingestion-time>","by":"<aws.events.rule-name>"}',
    );
    const { detail: _detail, 'detail-type': detailType, ...head } = event;
    expect(JSON.parse(text)).toEqual({
      all: event,
      head: { ...head, detailType },
      rule: rule.arn,
      at: ingestedAt,
      by: 'orders',
    });
  });
});

describe('refuses', () => {
  test.each([
    [{ Input: '1', InputPath: '$' }, 'Only one of'],
    [{ InputPath: 'detail' }, 'not a JSON path'],
    [{ InputPath: '$.detail[?(@.id)]' }, 'not a JSON path'],
    [{ InputPath: '$..id' }, 'not a JSON path'],
    [{ InputTransformer: { InputTemplate: '"<who>"' } }, 'invalid placeholder who'],
  ])('%j', (target, message) => {
    expect(() => compileInput(target, rule)).toThrow(message);
  });
});
