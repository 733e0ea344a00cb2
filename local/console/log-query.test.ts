import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Logs } from '../lambda/logs.ts';
import { LogQueryError, runLogQuery } from './log-query.ts';

const folder = mkdtempSync(join(tmpdir(), 'fanfare-log-query-'));
const logs = new Logs(folder);
const range = { start: Date.parse('2026-01-01T00:00:00Z'), end: Date.parse('2026-01-02T00:00:00Z') };

beforeAll(() => {
  const line = (second: number, fields: object, day = '01') =>
    JSON.stringify({ timestamp: `2026-01-${day}T00:00:0${second}.000Z`, ...fields });
  writeFileSync(
    logs.file('/fanfare/deliver'),
    [
      line(1, { level: 'INFO', message: 'Delivered', room: 'a', posts: 3 }),
      line(2, { level: 'ERROR', message: 'A job failed', room: 'a', error: { name: 'GoneException' } }),
      'a line of a stack, which is no JSON',
      line(3, { level: 'INFO', message: 'Delivered', room: 'b', posts: 10 }),
      line(4, { level: 'INFO', message: 'Delivered', room: 'b', posts: 1 }),
      line(5, { level: 'INFO', message: 'Delivered', room: 'of another day', posts: 1 }, '05'),
      '',
    ].join('\n'),
  );
});
afterAll(async () => {
  await logs.stop();
  rmSync(folder, { recursive: true });
});

const ask = (query: string) => runLogQuery(logs, `SOURCE '/fanfare/deliver' | ${query}`, range);

it('filters, sorts and limits lines', async () => {
  expect(
    await ask('fields @timestamp, room, error.name\n| filter level = "ERROR" and message like /job/'),
  ).toEqual({
    columns: ['@timestamp', 'room', 'error.name'],
    rows: [['00:00:02.000', 'a', 'GoneException']],
  });
  expect((await ask('fields posts | filter posts > 1 | sort posts desc | limit 1')).rows).toEqual([['10']]);
});

it('counts and sums by a field', async () => {
  const query =
    "filter message = 'Delivered' | stats count(*) as frames, sum(posts) as posts by room | sort posts desc";
  expect(await ask(query)).toEqual({
    columns: ['room', 'frames', 'posts'],
    rows: [
      ['b', '2', '11'],
      ['a', '1', '3'],
    ],
  });
});

it.each(['parse @message "* *" as a, b', 'filter strlen(message) > 3', 'stats pct(posts, 99) by bin(1m)'])(
  'says of `%s` that it is for AWS',
  async (query) => {
    await expect(ask(query)).rejects.toThrow(LogQueryError);
  },
);
