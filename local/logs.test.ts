import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { formatLogLine } from './log-line.ts';

vi.setConfig({ testTimeout: 30_000 });

let data: string;
let children: ChildProcess[];

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'logs-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(data, { recursive: true });
});

function run(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'logs.ts'), ...args, '--data', data]);
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += chunk));
  child.stderr.on('data', (chunk) => (output.stderr += chunk));
  return { child, output, ended: once(child, 'close').then(([code]) => code) };
}

async function logs(files: Record<string, string>): Promise<void> {
  await mkdir(join(data, 'logs'), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(data, 'logs', `${name}.log`), text);
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `{"n":${from + index}}\n`).join('');

test('prints the last 20 lines, then what comes, as it stands in the file', async () => {
  await logs({ 'aws-lambda-deliver': numbered(1, 30), 'aws-lambda-dispatch': 'other\n' });
  const file = join(data, 'logs', 'aws-lambda-deliver.log');
  const { child, output, ended } = run('deliver');
  await vi.waitFor(() => expect(output.stdout).toBe(numbered(11, 30)), 10_000);
  await appendFile(file, 'half a ');
  await appendFile(file, 'line: ü\nnext\n');
  await vi.waitFor(() => expect(output.stdout).toBe(`${numbered(11, 30)}half a line: ü\nnext\n`), 10_000);
  child.kill('SIGINT');
  expect(await ended).toBe(0);
});

test('goes on after the file was truncated, and after it was replaced', async () => {
  await logs({ deliver: numbered(1, 3) });
  const file = join(data, 'logs', 'deliver.log');
  const { output } = run('deliver');
  await vi.waitFor(() => expect(output.stdout).toBe(numbered(1, 3)), 10_000);
  await truncate(file);
  await appendFile(file, 'a\n');
  await vi.waitFor(() => expect(output.stdout).toBe(`${numbered(1, 3)}a\n`), 10_000);
  await rm(file);
  await writeFile(file, 'begun anew\n');
  await vi.waitFor(() => expect(output.stdout).toBe(`${numbered(1, 3)}a\nbegun anew\n`), 10_000);
});

test('takes the function of just that name before those that contain it', async () => {
  await logs({
    'Realtime-deliver': 'right\n',
    'Realtime-redeliver': 'wrong\n',
    'Realtime-deliver-access': 'wrong\n',
  });
  const { output } = run('deliver');
  await vi.waitFor(() => expect(output.stdout).toBe('right\n'), 10_000);
});

test.each<[string, Record<string, string> | undefined, string, string]>([
  ['where nothing has run', undefined, 'deliver', 'nothing runs here yet: npm start first\n'],
  [
    'for an unknown function',
    { b: '', a: '' },
    'deliver',
    'no log is named like "deliver"; there are: a, b\n',
  ],
  ['for an unclear name', { sendOne: '', sendTwo: '' }, 'SEND', '"SEND" may be: sendOne, sendTwo\n'],
])('says one sentence %s', async (_when, files, name, sentence) => {
  if (files) await logs(files);
  const { output, ended } = run(name);
  expect(await ended).toBe(1);
  expect(output).toEqual({ stdout: '', stderr: sentence });
});

describe('in a terminal', () => {
  const shown = (record: unknown) =>
    stripVTControlCharacters(formatLogLine(typeof record === 'string' ? record : JSON.stringify(record)));
  const timestamp = new Date(2026, 10, 20, 9, 5, 7, 42).toISOString();

  test.each<[string, unknown, string]>([
    ['text', 'START RequestId: 1', 'START RequestId: 1'],
    ['broken JSON', '{"level":', '{"level":'],
    [
      "the logger's lines",
      {
        level: 'INFO',
        message: 'delivered',
        timestamp,
        service: 'deliver',
        cold_start: true,
        room: 'general',
        posts: 3,
      },
      '09:05:07.042 INFO   delivered room=general posts=3',
    ],
    [
      'errors, with their stack',
      {
        level: 'ERROR',
        message: 'failed',
        timestamp,
        error: { name: 'E', message: 'no', stack: 'E: no\n  at x' },
      },
      '09:05:07.042 ERROR  failed error={"name":"E","message":"no"}\nE: no\n  at x',
    ],
    [
      'metrics',
      {
        _aws: { Timestamp: Date.parse(timestamp), CloudWatchMetrics: [] },
        service: 'deliver',
        DeliveryLatency: [12, 9],
      },
      '09:05:07.042 METRIC DeliveryLatency=[12,9]',
    ],
    [
      "Lambda's records",
      { time: timestamp, type: 'platform.report', record: { requestId: '1', status: 'success' } },
      '09:05:07.042 LAMBDA report status=success',
    ],
  ])('%s', (_what, record, expected) => {
    expect(shown(record)).toBe(expected);
  });
});
