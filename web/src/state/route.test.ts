import { expect, it } from 'vitest';
import { parseRoute, roomHref } from './route.ts';

it.each([
  ['', {}],
  ['#/', {}],
  ['#general', {}],
  ['#/rooms/general', { room: 'general' }],
  ['#/rooms/general/', { room: 'general' }],
  ['#/rooms/general/12', { room: 'general', seq: 12 }],
  ['#/rooms/general/0', { room: 'general' }],
  ['#/rooms/general/x', {}],
  ['#/rooms/a%2Fb', { room: 'a/b' }],
  ['#/rooms/%E0%A4%A', {}],
])('%s names %o', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
});

it('leads back from its own addresses', () => {
  expect(parseRoute(roomHref('a/b ü', 3))).toEqual({ room: 'a/b ü', seq: 3 });
});
