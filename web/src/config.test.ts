import { expect, it } from 'vitest';
import { ConfigError, parseConfig } from './config.ts';

const config = { issuer: 'https://i', clientId: 'c', webSocketUrl: 'wss://w/ws', signOutUrl: 'https://o' };

it('reads what the web stack writes', () => {
  expect(parseConfig(JSON.stringify({ ...config, later: 1 }))).toEqual(config);
});

it.each([
  ['<!doctype html>', 'not JSON'],
  ['null', 'no "issuer"'],
  [JSON.stringify({ ...config, clientId: undefined }), 'no "clientId"'],
  [JSON.stringify({ ...config, webSocketUrl: 7 }), 'no "webSocketUrl"'],
])('refuses %s', (text, reason) => {
  expect(() => parseConfig(text)).toThrow(ConfigError);
  expect(() => parseConfig(text)).toThrow(reason);
});
