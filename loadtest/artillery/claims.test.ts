import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseCheck } from './artillery.ts';
import { findings, words } from './claims.ts';

const checks = [
  'fail: fanfare.lost == 0',
  'ok: fanfare.push_ms.p99 <= 2000',
  'fail: fanfare.error_percent <= 1',
];

it('reads what Artillery says of each condition', () => {
  expect(checks.map(parseCheck)).toEqual([
    { metric: 'fanfare.lost', bound: 0, holds: false },
    { metric: 'fanfare.push_ms.p99', bound: 2_000, holds: true },
    { metric: 'fanfare.error_percent', bound: 1, holds: false },
  ]);
  expect(parseCheck('Checks:')).toBeUndefined();
});

it('says in one sentence each what did not hold', () => {
  const latency = { count: 9, min: 1, max: 99, p50: 10, p99: 98.1 };
  const metrics = { counters: { 'fanfare.lost': 1_234 }, summaries: { 'fanfare.push_ms': latency } };
  expect(
    findings(
      checks.flatMap((line) => parseCheck(line) ?? []),
      metrics,
    ),
  ).toMatchObject([
    {
      measured: 1_234,
      sentence: '1,234 times somebody never saw an acknowledged message of a room that they were in.',
    },
    {
      sentence:
        'Errors for 100 sends and connections: there is no figure, because the run did not get that far.',
    },
    { measured: 98.1, holds: true, sentence: undefined },
  ]);
});

it('has words for every condition of artillery.yml, and no others', () => {
  const script = readFileSync(join(import.meta.dirname, '../../artillery.yml'), 'utf8');
  const conditions = [...script.matchAll(/expression: (.*)$/gm)].map(([, expression = '']) =>
    parseCheck(`ok: ${expression.replace(/\{\{.*\}\}/, '1')}`),
  );
  expect(conditions.map((check) => check?.metric).sort()).toEqual(Object.keys(words).sort());
});
