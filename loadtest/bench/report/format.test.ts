import { expect, it } from 'vitest';
import { cellText, figure, quantity } from './format.ts';

it.each([
  [0, '0'],
  [0.012345, '0.0123'],
  [0.1, '0.1'],
  [1.001, '1'],
  [31.44, '31.4'],
  [459.6, '460'],
  [12_345.6, '12,346'],
  [-2.345, '-2.35'],
  [Number.NaN, '–'],
  [Number.POSITIVE_INFINITY, '–'],
])('%d is written %s', (value, written) => {
  expect(figure(value)).toBe(written);
});

it('writes a unit where it belongs', () => {
  expect([quantity(0.25, '$'), quantity(12, 'ms'), quantity(0.5, ''), quantity(1_200, '1/s')]).toEqual([
    '$0.25',
    '12 ms',
    '0.5',
    '1,200/s',
  ]);
});

it('says a range only where rounds differ', () => {
  expect(cellText({ median: 3, low: 2, high: 4 })).toEqual({ value: '3', range: '2–4' });
  expect(cellText({ median: 3, low: 3, high: 3 })).toEqual({ value: '3', range: '' });
});
