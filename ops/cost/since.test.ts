import { InvalidArgumentError } from 'commander';
import { expect, it } from 'vitest';
import { parseSince } from './since.ts';

const now = Date.parse('2026-11-20T12:00:00Z');

it.each([
  ['90m', '2026-11-20T10:30:00.000Z'],
  ['6h', '2026-11-20T06:00:00.000Z'],
  ['7d', '2026-11-13T12:00:00.000Z'],
  ['2026-11-20T11:00:00Z', '2026-11-20T11:00:00.000Z'],
])('%s', (value, expected) => {
  expect(parseSince(value, now).toISOString()).toBe(expected);
});

it.each(['', 'yesterday', '6', 'h', '-1h', '2026-99-01', '2026-11-20T12:00:00Z', '2027-01-01'])(
  '%j is refused',
  (value) => {
    expect(() => parseSince(value, now)).toThrow(InvalidArgumentError);
  },
);
