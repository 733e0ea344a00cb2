import { expect, it } from 'vitest';
import { historyQuery } from './http.ts';
import { limits } from './limits.ts';

it.each([
  [{}, { limit: limits.newestPageSize }],
  [{ before: '7' }, { before: 7, limit: limits.newestPageSize }],
  [
    { after: '0', limit: '200' },
    { after: 0, limit: 200 },
  ],
  [{ limit: '1', unknown: 'x' }, { limit: 1 }],
])('a query %j asks for %j', (query, expected) => {
  expect(historyQuery.parse(query)).toEqual(expected);
});

it.each([
  [{ before: '0' }],
  [{ before: 'x' }],
  [{ before: '1.5' }],
  [{ after: '-1' }],
  [{ limit: '0' }],
  [{ limit: String(limits.pageSize + 1) }],
  [{ before: '5', after: '1' }],
])('a query %j is refused', (query) => {
  expect(historyQuery.safeParse(query).success).toBe(false);
});
