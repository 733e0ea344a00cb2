import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { testCloud } from '#test/support/cloud.ts';

const cloud = testCloud();

describe('npm run loadtest:fanout', () => {
  it('delivers everything to everybody, and says so', async () => {
    const sizes = ['--connections', '8', '--rate', '5', '--seconds', '2', '--senders', '4'];
    const { stdout, stderr } = await fanout('--url', cloud().url, ...sizes, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      connections: 8,
      messages: 10,
      deliveries: 80,
      lost: 0,
      unacknowledged: 0,
      problems: {},
    });
    expect(stderr).toContain('opened 8 connections');
  });

  it('prints a table for people', async () => {
    const { stdout } = await fanout(
      '--url',
      cloud().url,
      '--connections',
      '1',
      '--rate',
      '1',
      '--seconds',
      '1',
    );
    expect(stdout).toMatch(/^deliveries +1$/m);
    expect(stdout).toMatch(/^lost +0$/m);
  });

  it('turns to this machine only', async () => {
    await expect(fanout('--url', 'https://example.com')).rejects.toThrow('Expected http://localhost');
  });

  it('says in one line that nothing runs', async () => {
    await expect(fanout('--url', 'http://127.0.0.1:1')).rejects.toMatchObject({
      stderr: 'No local cloud answers at http://127.0.0.1:1: start it with npm start, or use --start.\n',
    });
  });
});

async function fanout(...options: string[]): Promise<{ stdout: string; stderr: string }> {
  return await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'fanout.ts'), ...options]);
}
