import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { briefVariable } from './brief.ts';
import { artilleryCommand } from './install.ts';
import type { Plan } from './plan.ts';

const root = join(import.meta.dirname, '../..');

const summary = z.object({
  count: z.number(),
  min: z.number(),
  max: z.number(),
  p50: z.number(),
  p99: z.number(),
});
const metrics = z.object({
  counters: z.record(z.string(), z.number()),
  summaries: z.record(z.string(), summary).default({}),
});
const output = z.object({
  aggregate: metrics,
  /** By ten seconds; `period` is the start of each, in ms since the epoch. */
  intermediate: z.array(metrics.extend({ period: z.union([z.number(), z.string()]).transform(Number) })),
});

export type Metrics = z.infer<typeof metrics>;

/** A condition of artillery.yml's, and whether Artillery found it kept. */
export interface Check {
  metric: string;
  bound: number;
  holds: boolean;
}

export interface Outcome {
  aggregate: Metrics;
  intermediate: z.infer<typeof output>['intermediate'];
  checks: Check[];
}

/** Artillery ended without results. */
class ArtilleryError extends Error {
  override readonly name = 'ArtilleryError';
}

/**
 * Runs artillery.yml. Its own output goes to `artillery.log` in `folder`; phases and progress are said.
 * @throws ArtilleryError where it breaks off, or `signal` ends it
 */
export async function runArtillery(
  run: { url: string; plan: Plan; p99: number; briefFile: string; folder: string },
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Outcome> {
  const { plan, folder } = run;
  const json = join(folder, 'artillery.json');
  const log = createWriteStream(join(folder, 'artillery.log'));
  const child = spawn(process.execPath, [artilleryCommand, 'run', '--output', json, 'artillery.yml'], {
    cwd: root,
    // In a group of its own: Ctrl-C is for this process alone, which then ends Artillery and puts things away.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ARTILLERY_DISABLE_TELEMETRY: 'true',
      FORCE_COLOR: '0',
      [briefVariable]: run.briefFile,
      FANFARE_URL: run.url,
      WARM_SECONDS: String(plan.lasts.warm),
      WARM_USERS: String(plan.warmUsers),
      RAMP_SECONDS: String(plan.lasts.ramp),
      RAMP_USERS: String(plan.rampUsers),
      HOLD_SECONDS: String(plan.lasts.hold),
      BURST_SECONDS: String(plan.lasts.burst),
      STORM_SECONDS: String(plan.lasts.storm),
      P99_MS: String(run.p99),
    },
  });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  const checks: Check[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log.write(`${line}\n`);
      if (line.startsWith('»')) say(line.slice(2));
      const check = parseCheck(line);
      if (check) checks.push(check);
    });
  }
  const [code] = await once(child, 'close');
  signal.removeEventListener('abort', kill);
  log.end();
  signal.throwIfAborted();
  if (checks.length === 0)
    throw new ArtilleryError(
      `Artillery broke off (exit code ${code}): see ${join(folder, 'artillery.log')}.`,
    );
  return { ...output.parse(JSON.parse(readFileSync(json, 'utf8'))), checks };
}

/** A line of Artillery's ensure plugin: `ok: fanfare.lost == 0`. */
export function parseCheck(line: string): Check | undefined {
  const [, verdict, metric, bound] = /^(ok|fail): ([\w.]+) (?:==|<=) ([\d.]+)/.exec(line.trim()) ?? [];
  if (!metric) return undefined;
  return { metric, bound: Number(bound), holds: verdict === 'ok' };
}

/** A metric by the name that artillery.yml's conditions use: a counter's, or a summary's with `.p99` behind it. */
export function figureOf({ counters, summaries }: Metrics, metric: string): number | undefined {
  return counters[metric] ?? summaries[metric.replace(/\.p99$/, '')]?.p99;
}
