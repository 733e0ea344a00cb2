import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { region } from '#local/aws.ts';
import { Credentials, operator } from '#local/credentials.ts';
import { type Listening, listen } from '#local/http.ts';
import { Logs } from '#local/lambda/logs.ts';
import { cloudWatchLogsApi } from './cloudwatch-logs.ts';

const group = '/fanfare/deliver';
const noon = Date.parse('2026-11-20T12:00:00Z');
const directory = mkdtempSync(join(tmpdir(), 'fanfare-logs-'));
const credentials = new Credentials();
let listening: Listening;
let client: CloudWatchLogsClient;

beforeAll(async () => {
  const logs = new Logs(directory);
  const write = (second: number, fields: object) =>
    logs
      .group(group)
      .write(JSON.stringify({ ...fields, timestamp: new Date(noon + second * 1000).toISOString() }));
  write(0, { room: 'general', seqs: [1] });
  write(1, { room: 'other', seqs: [1], text: '"general"' });
  write(2, { room: 'general', seqs: [2] });
  logs.group(group).write('    at deliver (index.mjs:1:1)');
  write(3, { room: 'a "quoted" room' });
  await logs.stop();
  listening = await listen(cloudWatchLogsApi(logs, credentials));
  client = new CloudWatchLogsClient({
    endpoint: listening.url,
    region,
    credentials: credentials.issue(operator),
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await listening.close();
  rmSync(directory, { recursive: true, force: true });
});

async function filter(input: object) {
  return await client.send(new FilterLogEventsCommand({ logGroupName: group, ...input }));
}

it('gives every line, with its time; one without a time has that of the line before', async () => {
  const { events = [] } = await filter({});
  expect(events.map(({ timestamp }) => (timestamp ?? 0) - noon)).toEqual([0, 1_000, 2_000, 2_000, 3_000]);
});

it('gives the lines with a property', async () => {
  const { events = [] } = await filter({ filterPattern: '{ $.room = "general" }' });
  expect(events.map(({ message = '' }) => JSON.parse(message).seqs)).toEqual([[1], [2]]);
  const quoted = await filter({ filterPattern: '{ $.room = "a \\"quoted\\" room" }' });
  expect(quoted.events).toHaveLength(1);
});

it('gives the lines of a time, its two ends too', async () => {
  const { events = [] } = await filter({ startTime: noon + 1_000, endTime: noon + 2_000 });
  expect(events).toHaveLength(3);
});

it('gives pages', async () => {
  const first = await filter({ limit: 3 });
  expect(first.events).toHaveLength(3);
  const second = await filter({ limit: 3, nextToken: first.nextToken });
  expect(second.events).toHaveLength(2);
  expect(second.nextToken).toBeUndefined();
});

it('gives nothing of a group that nobody wrote to', async () => {
  expect((await filter({ logGroupName: '/fanfare/none' })).events).toEqual([]);
});

it('refuses patterns that it does not play, and strangers', async () => {
  await expect(filter({ filterPattern: 'ERROR' })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  const stranger = new CloudWatchLogsClient({
    endpoint: listening.url,
    region,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  await expect(stranger.send(new FilterLogEventsCommand({ logGroupName: group }))).rejects.toMatchObject({
    name: 'UnrecognizedClientException',
  });
});
