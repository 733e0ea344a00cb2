import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageOf } from './report/page.ts';
import { textOf } from './report/text.ts';
import type { BenchReport } from './results.ts';

/** Prints the tables and verdicts on standard output, with colours where that is a terminal. */
export function printReport(report: BenchReport): void {
  process.stdout.write(`${textOf(report)}\n`);
}

/** What a report calls itself: the bench's own, unless another tool writes one. */
export interface Heading {
  title: string;
  /** What makes such a report. */
  command: string;
}

/**
 * Writes `results.json` and `index.html`, one file without scripts that needs no network, into a folder that is made
 * where it does not exist.
 * @returns the page's path
 */
export function writeReport(
  report: BenchReport,
  folder: string,
  heading: Heading = {
    title: 'Fanfare bench',
    command: report.quick ? 'npm run bench -- --quick' : 'npm run bench',
  },
): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  const page = join(folder, 'index.html');
  writeFileSync(page, pageOf(report, heading));
  return page;
}
