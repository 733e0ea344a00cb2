import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf } from './report/text.ts';
import { writeReport } from './report.ts';
import type { BenchReport, Chart, Sample } from './results.ts';

const hostile = `<img src=x onerror="alert('1')"> & more`;
const names = ['Fanfare', 'Socket.IO', hostile];

function sample(median: number): Sample {
  return { median, low: median * 0.9, high: median * 1.1 };
}

function chart(title: string, scale: 'linear' | 'log', values: number[]): Chart {
  return {
    title,
    x: { name: 'connections', scale: 'log' },
    y: { name: 'time to last', unit: 'ms', scale },
    series: names.map((name) => ({
      name,
      points: values.map((y, i) => ({ x: 10 ** (i + 2), y: sample(y) })),
    })),
  };
}

const report: BenchReport = {
  startedAt: '2026-11-20T22:10:11.000Z',
  seconds: 571,
  quick: true,
  machine: { cpu: 'A CPU', cores: 2, memoryGib: 23.9, node: 'v24.1.0', kernel: 'Linux 6' },
  sections: [
    {
      id: 'last',
      title: 'Time to the last delivery',
      about: `What is measured. ${hostile}`,
      tables: [
        {
          title: 'A table',
          columns: [
            { name: 'system', unit: '' },
            { name: 'time', unit: 'ms' },
            ...Array.from({ length: 9 }, (_, n) => ({ name: `column number ${n}`, unit: 'µs' })),
          ],
          rows: [
            { name: 'Fanfare', cells: [sample(42), ...Array.from({ length: 9 }, () => sample(1_234.5))] },
            { name: hostile, cells: [sample(12_345), null, 'n/a', 7], void: '9,981 of 10,000 delivered' },
          ],
        },
      ],
      charts: [
        chart('Logarithmic', 'log', [1, 10, 122_000]),
        chart('Linear, with zero and what is no number', 'linear', [0, Number.NaN, 3]),
        { ...chart('Empty', 'log', []), series: [] },
      ],
      verdicts: [
        { claim: 'It is quick', bound: { atMost: 50 }, measured: 42, unit: 'ms', holds: true },
        {
          claim: `It is much ${hostile}`,
          bound: { atLeast: 1e5 },
          measured: 99_000,
          unit: '1/s',
          holds: false,
        },
      ],
    },
  ],
};

describe('on a terminal', () => {
  const text = textOf(report);
  const lines = text.split('\n');

  it('is no wider than 100 columns, each figure in it', () => {
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    for (let n = 0; n < 9; n++) expect(text.replace(/\s+/g, ' ')).toContain(String(n));
    expect(text.match(/1,235/g)).toHaveLength(9);
    expect(text).toContain('37.8–46.2');
  });

  it('has no colours where it is not read on one', () => {
    expect(text).not.toContain('\u001B');
  });

  it('says why a row is void, below it', () => {
    const at = lines.findIndex((line) => line.includes('12,345'));
    expect(lines.slice(at, at + 4)).toContainEqual('  void: 9,981 of 10,000 delivered');
  });

  it('tells what holds, with the figure and the bound', () => {
    expect(text).toContain('1 of 2 claims hold');
    expect(text).toContain('✓ It is quick: 42 ms (at most 50 ms)');
    expect(text).toContain(`✗ It is much ${hostile}: 99,000/s (at least 100,000/s)`);
  });
});

describe('as a page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-report-'));
  let page = '';
  beforeAll(() => {
    page = readFileSync(writeReport(report, join(folder, 'new', 'one')), 'utf8');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('stands beside the same as data', () => {
    const data: unknown = JSON.parse(readFileSync(join(folder, 'new', 'one', 'results.json'), 'utf8'));
    expect(data).toEqual(JSON.parse(JSON.stringify(report)));
  });

  it('needs neither scripts nor the network', () => {
    expect(page).not.toMatch(/<script|<link|@import|url\(|\bsrc=(?!x onerror)/);
    expect(page).not.toMatch(/https?:/);
  });

  it('escapes what it is told', () => {
    expect(page).not.toContain('<img');
    expect(
      page.match(/&#60;img src=x onerror=&#34;alert\(&#39;1&#39;\)&#34;&#62; &#38; more/g)?.length,
    ).toBeGreaterThan(5);
  });

  it('has the verdicts first, and each leads to its section', () => {
    expect(page.indexOf('1 of 2 claims hold')).toBeLessThan(page.indexOf('Time to the last delivery'));
    expect(page).toContain('<a href="#last">It is quick</a>');
    expect(page).toMatch(/class="fails">\s*<span[^>]*aria-label="does not hold">✗/);
  });

  it('strikes void rows out, with the reason', () => {
    expect(page).toMatch(/<tr class="void"><th scope="row">&#60;img/);
    expect(page).toContain('Void, and not drawn: 9,981 of 10,000 delivered');
  });

  it('draws charts with a title and a description, and never at a place that is no number', () => {
    expect(page).toMatch(/<title id="last-chart-0-wide-title">Logarithmic<\/title>/);
    expect(page).toContain('Fanfare: 1 ms at 100, 10 ms at 1,000, 122,000 ms at 10,000.');
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
    expect(page).toContain('Empty: there is nothing to draw.');
  });

  it('gives each id once', () => {
    const ids = Array.from(page.matchAll(/\bid="([^"]+)"/g), ([, id]) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });
});
