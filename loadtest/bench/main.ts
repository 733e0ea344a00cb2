import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { BenchOptions } from './bench-options.ts';
import { benchBurst } from './burst.ts';
import { benchCost } from './cost.ts';
import { benchDispatch } from './dispatch.ts';
import { benchGrowth } from './growth.ts';
import { benchIdle } from './idle.ts';
import { benchLast } from './last.ts';
import { thisMachine } from './machine.ts';
import { fullPlan, quickPlan } from './plan.ts';
import { benchPostPath } from './post-path.ts';
import { Progress } from './progress.ts';
import { printReport, writeReport } from './report.ts';
import type { BenchSection } from './results.ts';
import { type Stage, startStage } from './stage.ts';

const sections = ['post-path', 'dispatch', 'last', 'burst', 'growth', 'cost', 'idle'] as const;
type SectionId = (typeof sections)[number];

/** A minute's worth: the others must open thousands of connections first, at the quota's pace. */
const quickSections: readonly SectionId[] = ['post-path', 'last', 'burst'];

const { quick, out, only } = new Command('npm run bench --')
  .description(
    'Fanfare beside raw ws, Socket.IO and the sample peers, in one run on this machine: in ten minutes, or with --quick in one.',
  )
  .option('--quick', `fewer rounds and sizes, and of the sections only ${quickSections.join(', ')}`)
  .addOption(new Option('--only <section...>', 'only these sections').choices(sections))
  .option('--out <folder>', 'where results.json and index.html are written', defaultFolder())
  .allowExcessArguments(false)
  .parse()
  .opts<{ quick?: boolean; out: string; only?: SectionId[] }>();

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());

const startedAt = new Date();
const found = await measure();
if (ending.signal.aborted) process.exit(130);
const report = {
  startedAt: startedAt.toISOString(),
  seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
  quick: quick ?? false,
  machine: thisMachine(),
  sections: found,
};
printReport(report);
process.stdout.write(`\nWritten: ${writeReport(report, out)}\n`);

async function measure(): Promise<BenchSection[]> {
  using progress = new Progress();
  const options: BenchOptions = { quick: quick ?? false, progress, signal: ending.signal };
  const plan = quick ? quickPlan : fullPlan;
  const chosen: readonly SectionId[] = only ?? (quick ? quickSections : sections);
  const wanted = (id: SectionId) => chosen.includes(id);
  const done: BenchSection[] = [];
  const run = async (id: SectionId, section: () => Promise<BenchSection>) => {
    if (!wanted(id) || ending.signal.aborted) return;
    try {
      done.push(await section());
    } catch (error) {
      if (ending.signal.aborted) return;
      process.exitCode = 1;
      done.push(notMeasured(id, error));
    }
  };

  await run('post-path', async () => {
    progress.section('Post path');
    return await benchPostPath({ quick: options.quick, rounds: plan.rounds });
  });
  await run('dispatch', async () => {
    progress.section('Dispatch');
    return await benchDispatch({ quick: options.quick, rounds: plan.rounds });
  });
  if (wanted('last') || wanted('burst') || wanted('growth')) {
    await onStage(options, async (stage) => {
      await run('last', () => benchLast(options, stage));
      await run('burst', () => benchBurst(options, stage));
      await run('growth', () => benchGrowth(options, stage));
    });
  }
  await run('cost', () => benchCost(options));
  await run('idle', () => {
    progress.section('Idle connections');
    return benchIdle(options);
  });
  return done;
}

async function onStage(options: BenchOptions, act: (stage: Stage) => Promise<void>): Promise<void> {
  if (ending.signal.aborted) return;
  try {
    const stage = await startStage(options.quick ? quickPlan : fullPlan, options);
    await act(stage);
    await stage.stop();
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  }
}

/** A section that fails leaves the others in the report. */
function notMeasured(id: SectionId, error: unknown): BenchSection {
  const message = error instanceof Error ? error.message : String(error);
  return { id, title: id, about: `Not measured: ${message}`, tables: [], charts: [], verdicts: [] };
}

function defaultFolder(): string {
  return join('.fanfare', 'bench', new Date().toISOString().replaceAll(':', '-').slice(0, 19));
}
