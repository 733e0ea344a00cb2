import { cpus, release, totalmem } from 'node:os';
import { printReport, writeReport } from '../bench/report.ts';
import type { BenchReport } from '../bench/results.ts';
import type { Outcome } from './artillery.ts';
import type { Finding } from './claims.ts';
import type { Plan } from './plan.ts';
import { toSections } from './results.ts';

/** A run that is over. */
export interface Run {
  plan: Plan;
  outcome: Outcome;
  found: Finding[];
  startedAt: Date;
  /** What was put under load. */
  origin: string;
}

/** Prints a run's tables, and writes them with charts into `folder`. Returns the page's path. */
export function report({ plan, outcome, found, startedAt, origin }: Run, folder: string): string {
  const result: BenchReport = {
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1_000,
    quick: false,
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGib: totalmem() / 1_024 ** 3,
      node: process.version,
      kernel: release(),
    },
    sections: toSections(plan, outcome, found),
  };
  printReport(result);
  return writeReport(result, folder, { title: `Load test of ${origin}`, command: 'npm run loadtest' });
}
