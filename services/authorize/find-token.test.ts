import { expect, it } from 'vitest';
import { findToken } from './find-token.ts';

it.each<[string, Record<string, string | undefined>]>([
  ['an Authorization header', { Authorization: 'Bearer a.b.c' }],
  ['whatever the case of name and scheme', { AUTHORIZATION: 'bearer a.b.c' }],
  ['a subprotocol', { 'Sec-WebSocket-Protocol': 'fanfare.v1, bearer.a.b.c' }],
  ['the only subprotocol', { 'sec-websocket-protocol': 'bearer.a.b.c' }],
  ['subprotocols without spaces', { 'Sec-WebSocket-Protocol': 'fanfare.v1,bearer.a.b.c,other' }],
  [
    'the header, where there are both',
    { Authorization: 'Bearer a.b.c', 'Sec-WebSocket-Protocol': 'bearer.x' },
  ],
  [
    'the subprotocol, where the header is of another scheme',
    { Authorization: 'Basic xyz', 'Sec-WebSocket-Protocol': 'bearer.a.b.c' },
  ],
])('finds it in %s', (_, headers) => {
  expect(findToken(headers)).toBe('a.b.c');
});

it.each<[string, Record<string, string | undefined>]>([
  ['no header at all', {}],
  ['only our own subprotocol', { 'Sec-WebSocket-Protocol': 'fanfare.v1' }],
  ['an empty token', { 'Sec-WebSocket-Protocol': 'fanfare.v1, bearer.' }],
  ['an empty header', { Authorization: '', 'Sec-WebSocket-Protocol': undefined }],
  ['a bare scheme', { Authorization: 'Bearer ' }],
  ['a bare token', { Authorization: 'a.b.c' }],
  ['a subprotocol of another case, which is another one', { 'Sec-WebSocket-Protocol': 'Bearer.a.b.c' }],
])('finds none in %s', (_, headers) => {
  expect(findToken(headers)).toBeUndefined();
});
