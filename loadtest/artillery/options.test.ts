import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

const read = (...options: string[]) => readOptions(['node', 'loadtest', ...options]);

describe('the options', () => {
  it('are two minutes of two hundred people, on the local cloud', () => {
    expect(read()).toMatchObject({ users: 200, seconds: 120, target: undefined });
  });

  it('take a deployment by its WebSocket', () => {
    expect(read('--target', 'wss://d1.cloudfront.net/ws').target?.host).toBe('d1.cloudfront.net');
  });

  it('are small for --smoke', () => {
    expect(read('--smoke')).toMatchObject({ users: 20, seconds: 20, p99: 20_000 });
  });
});

describe('what cannot be', () => {
  it.each([
    [['--target', 'ws://example.com/ws'], 'Expected wss://<domain>/ws'],
    [['--users', '1'], 'Expected a whole number from 2 to 5000'],
    [['--users', '10'], 'each of 10 would send 10.0 messages a second'],
    [['--users', '5000'], 'npm run bench goes further'],
  ])('is refused in one sentence: %j', async (options, sentence) => {
    const script = join(import.meta.dirname, 'main.ts');
    const refused = promisify(execFile)(process.execPath, [script, ...options]);
    await expect(refused).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(sentence) });
  });
});
