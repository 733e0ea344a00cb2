import { expect, it } from 'vitest';
import { linkify } from './linkify.ts';

it.each([
  ['no links', ['no links']],
  ['', []],
  ['see https://a.example/x?y=1#z now', ['see ', { href: 'https://a.example/x?y=1#z' }, ' now']],
  ['https://a.example.', [{ href: 'https://a.example' }, '.']],
  ['(https://a.example/b)', ['(', { href: 'https://a.example/b' }, ')']],
  ['https://a.example/b_(c)', [{ href: 'https://a.example/b_(c)' }]],
  ['"https://a.example"', ['"', { href: 'https://a.example' }, '"']],
  ['http://a.example http://b.example', [{ href: 'http://a.example' }, ' ', { href: 'http://b.example' }]],
  ['javascript:alert(1) data:text/html,x', ['javascript:alert(1) data:text/html,x']],
  ['https://', ['https://']],
  ['<a href="https://a.example">', ['<a href="', { href: 'https://a.example' }, '">']],
])('%s', (text, pieces) => {
  expect(linkify(text)).toEqual(pieces);
});
