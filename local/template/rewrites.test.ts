import { expect, it } from 'vitest';
import { Rewrites } from './rewrites.ts';

it('replaces every occurrence in every string, and nothing else', () => {
  const rewrites = new Rewrites();
  rewrites.add('https://abc.execute-api.us-east-1.amazonaws.com', 'http://127.0.0.1:5555/abc');
  const value = {
    url: 'https://abc.execute-api.us-east-1.amazonaws.com/ws',
    list: [
      'connect-src https://abc.execute-api.us-east-1.amazonaws.com; x https://abc.execute-api.us-east-1.amazonaws.com',
      4,
    ],
    'https://abc.execute-api.us-east-1.amazonaws.com': null,
    host: 'abc.execute-api.us-east-1.amazonaws.com',
    near: 'https://abcXexecute-api.us-east-1.amazonaws.com',
  };
  expect(rewrites.apply(value)).toEqual({
    ...value,
    url: 'http://127.0.0.1:5555/abc/ws',
    list: ['connect-src http://127.0.0.1:5555/abc; x http://127.0.0.1:5555/abc', 4],
  });
});

it('prefers the longest prefix and never rewrites a replacement', () => {
  const rewrites = new Rewrites();
  rewrites.add('https://a', 'https://ab');
  rewrites.add('https://ab', 'https://abc');
  rewrites.add('https://abc', 'https://a');
  expect(rewrites.apply('https://a https://ab https://abc')).toBe('https://ab https://abc https://a');
});

it('leaves values alone while it has nothing', () => {
  expect(new Rewrites().apply({ a: ['b'] })).toEqual({ a: ['b'] });
});
