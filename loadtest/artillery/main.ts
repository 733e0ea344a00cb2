import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, runArtillery } from './artillery.ts';
import type { Brief } from './brief.ts';
import { Cast } from './cast.ts';
import { findings } from './claims.ts';
import { installArtillery } from './install.ts';
import { type Options, readOptions } from './options.ts';
import { makePlan, type Plan } from './plan.ts';
import { report } from './report.ts';
import { deployment, localCloud, type Target } from './target.ts';

const startedAt = new Date();
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!ending.signal.aborted) say('Ending the run: what it made is being put away.');
    ending.abort(new Error('The run was broken off.'));
  });
}

try {
  await main(readOptions(process.argv));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = ending.signal.aborted ? 130 : 1;
}

/** One run, from installing Artillery to putting away what was made for it. */
async function main(options: Options): Promise<void> {
  await installArtillery(say);
  const target = options.target ? await deployment(options.target) : await localCloud(options.data, say);
  try {
    ending.signal.throwIfAborted();
    const plan = makePlan(options);
    await withCast(target, plan, async (people) => {
      const outcome = await load({ target, plan, options, people });
      conclude(plan, outcome, options, target);
    });
  } finally {
    await target.stop();
  }
}

/** People and rooms are there while `act` runs, and are gone after it, whatever becomes of it. */
async function withCast(
  target: Target,
  plan: Plan,
  act: (people: Brief['people']) => Promise<void>,
): Promise<void> {
  const cast = await Cast.at(target);
  try {
    say(`Making ${plan.users} people and ${plan.rooms} rooms at ${target.origin}.`);
    await cast.gather(plan, ending.signal);
    await act(cast.people);
  } finally {
    if (!target.isOwn) await remove(cast);
  }
}

/** Does not reject: what came of the run is more than this. */
async function remove(cast: Cast): Promise<void> {
  say('Removing the people and rooms of this run.');
  try {
    await cast.remove();
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    process.stderr.write(
      `Not all was removed (${reason}): users and rooms named ${cast.prefix}… are left.\n`,
    );
    process.exitCode = 1;
  }
}

async function load(run: {
  target: Target;
  plan: Plan;
  options: Options;
  people: Brief['people'];
}): Promise<Outcome> {
  const { target, plan, options, people } = run;
  const { out, p99 } = options;
  mkdirSync(out, { recursive: true });
  // Tokens are in it: for this user alone, and not among the reports.
  const secret = mkdtempSync(join(tmpdir(), 'fanfare-loadtest-'));
  const briefFile = join(secret, 'brief.json');
  const brief: Brief = { url: target.webSocketUrl, plan, people };
  writeFileSync(briefFile, JSON.stringify(brief), { mode: 0o600 });
  try {
    return await runArtillery(
      { url: target.webSocketUrl, plan, p99, briefFile, folder: out },
      ending.signal,
      say,
    );
  } finally {
    rmSync(secret, { recursive: true, force: true });
  }
}

/** Says how it went, in sentences where it went wrong; the exit code is 1 then. */
function conclude(plan: Plan, outcome: Outcome, { out }: Options, { origin }: Target): void {
  const found = findings(outcome.checks, outcome.aggregate);
  const page = report({ plan, outcome, found, startedAt, origin }, out);
  const sentences = found.flatMap(({ sentence }) => sentence ?? []);
  for (const sentence of sentences) process.stderr.write(`FAILED  ${sentence}\n`);
  if (sentences.length > 0) process.exitCode = 1;
  else process.stdout.write('Everything that was promised held.\n');
  process.stdout.write(`Report: ${page}\n`);
}

/** Progress, apart from the results. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
