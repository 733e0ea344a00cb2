import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { benchBurst } from './burst.ts';
import { benchGrowth } from './growth.ts';
import { benchLast } from './last.ts';
import { Progress } from './progress.ts';
import type { BenchSection } from './results.ts';
import { type Stage, startStage } from './stage.ts';

const plan = {
  rounds: 1,
  sizes: [5, 20],
  lastSizes: [5, 20],
  middleSize: 20,
  bursts: [{ rate: 10, seconds: 0.5 }],
  held: { rate: 20, seconds: 0.5, peerSeconds: 0.2 },
  slowOneByOne: true,
  people: 4,
  warmUp: 20,
};

const ending = new AbortController();
const options = { quick: true, progress: new Progress(), signal: ending.signal };
let stage: Stage;
beforeAll(async () => {
  for (const told of ['section', 'step'] as const) vi.spyOn(options.progress, told).mockReturnValue();
  stage = await startStage(plan, options, inject('assembly'));
});
afterAll(() => stage.stop());

/** Every row counts, and has a figure in each column where there can be one. */
function expectWhole({ tables }: BenchSection): void {
  for (const { title, columns, rows } of tables) {
    for (const row of rows) {
      expect(row.void, `${title}: ${row.name}`).toBeUndefined();
      expect(row.cells.length, title).toBe(columns.length - 1);
    }
  }
}

describe('the bench, with a handful of connections', () => {
  it('delivers everything, by every system, to everybody', async () => {
    const section = await benchLast(options, stage);
    expectWhole(section);
    const [five] = section.tables;
    expect(five?.rows.map(({ name }) => name)).toEqual([
      'raw ws',
      'Socket.IO',
      'scan + Promise.all',
      'scan + one by one',
      "Fanfare's worker",
      "Fanfare's whole pipeline",
    ]);
    expect(section.verdicts).toHaveLength(2);
  });

  it('offers messages at a rate, and has the time of each hop', async () => {
    const section = await benchBurst(options, stage);
    expectWhole(section);
    const hops = section.tables.find(({ title }) => title.startsWith("Fanfare's hops"));
    expect(hops?.rows).toHaveLength(6);
    expect(hops?.rows.flatMap(({ cells }) => cells)).not.toContain(null);
  });

  it('follows a room as it grows', async () => {
    const section = await benchGrowth(options, stage);
    expectWhole(section);
    expect(section.charts.flatMap(({ series }) => series.map(({ points }) => points.length))).toEqual([
      2, 2, 2, 2,
    ]);
  });
});
