import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Archive } from './archive.ts';
import type { EventEnvelope } from './put-events.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'));
  file = join(folder, 'archives', 'all.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const event = (id: string, time = new Date().toISOString()): EventEnvelope => ({
  version: '0',
  id,
  'detail-type': 't',
  source: 's',
  account: '0',
  time,
  region: 'r',
  resources: [],
  detail: {},
});

function open(options: Partial<ConstructorParameters<typeof Archive>[0]> = {}): Archive {
  const onError = (error: unknown) => {
    throw error;
  };
  return new Archive({ file, matches: () => true, retentionDays: 0, maxBytes: 1e6, onError, ...options });
}

async function ids(): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line).id);
}

test('keeps the events that match, in order, and takes up an existing file', async () => {
  const first = open({ matches: (candidate) => JSON.stringify(candidate).includes('keep') });
  for (const id of ['keep-1', 'drop', 'keep-2']) first.add(event(id));
  await first.written();
  first.add(event('keep-3'));
  await first.written();
  const second = open();
  second.add(event('keep-4'));
  await second.written();
  expect(await ids()).toEqual(['keep-1', 'keep-2', 'keep-3', 'keep-4']);
});

test('drops what is past its retention, and half a line of a killed process', async () => {
  const first = open();
  first.add(event('old', '2020-01-01T00:00:00Z'));
  first.add(event('new'));
  await first.written();
  await writeFile(file, '{"id":"to', { flag: 'a' });
  const second = open({ retentionDays: 1 });
  second.add(event('newer'));
  await second.written();
  expect(await ids()).toEqual(['new', 'newer']);
});

test('stays within its bytes by dropping the older half', async () => {
  const archive = open({ maxBytes: 2_000 });
  for (let n = 0; n < 100; n++) {
    archive.add(event(String(n)));
    await archive.written();
  }
  const kept = await ids();
  expect((await readFile(file)).length).toBeLessThanOrEqual(2_000);
  expect(kept.at(-1)).toBe('99');
  expect(kept).toEqual([...kept].sort((one, other) => Number(one) - Number(other)));
});
