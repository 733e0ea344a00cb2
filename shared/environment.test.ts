import { afterEach, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { readEnvironment } from './environment.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('reads what the schema names, and nothing else', () => {
  vi.stubEnv('SOME_TABLE', 'rooms');
  vi.stubEnv('SOME_URL', 'https://example.com/');
  expect(readEnvironment({ SOME_TABLE: z.string(), SOME_URL: z.url() })).toEqual({
    SOME_TABLE: 'rooms',
    SOME_URL: 'https://example.com/',
  });
});

it('names every variable that is missing or wrong', () => {
  vi.stubEnv('SOME_TABLE', undefined);
  vi.stubEnv('SOME_URL', 'nowhere');
  vi.stubEnv('SOME_OTHER', 'fine');
  const read = () => readEnvironment({ SOME_TABLE: z.string(), SOME_URL: z.url(), SOME_OTHER: z.string() });
  expect(read).toThrow(/SOME_TABLE: .*SOME_URL: /);
  expect(read).not.toThrow(/SOME_OTHER/);
});

it('does not tell the value, which may be a secret', () => {
  vi.stubEnv('SOME_URL', 'hunter2');
  expect(() => readEnvironment({ SOME_URL: z.url() })).not.toThrow(/hunter2/);
});
