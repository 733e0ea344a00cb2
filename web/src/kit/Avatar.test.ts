import { expect, it } from 'vitest';
import { hueOf, initials } from './Avatar.tsx';

it.each([
  ['alice', 'A'],
  ['Ada Lovelace', 'AL'],
  ['ada.king-lovelace', 'AL'],
  ['  ', '?'],
  ['𝒜lice', '𝒜'],
])('%s shows as %s', (name, shown) => {
  expect(initials(name)).toBe(shown);
});

it('gives an id the same colour each time, within the circle', () => {
  expect(hueOf('u-1')).toBe(hueOf('u-1'));
  expect(hueOf('u-1')).not.toBe(hueOf('u-2'));
  expect(hueOf('u-1')).toBeLessThanOrEqual(360);
});
