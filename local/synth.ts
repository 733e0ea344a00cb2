import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/** The CDK app did not synthesize. `message` holds what the app itself printed. */
export class SynthError extends Error {
  override readonly name = 'SynthError';
}

export interface SynthOptions {
  /** The folder of `cdk.json`; the working folder without it. */
  root?: string;
  /** Context over that of `cdk.json`. */
  context?: Record<string, unknown>;
  /** Ends the app and all that it started; the promise rejects with the signal's reason once they are gone. */
  signal?: AbortSignal;
}

/**
 * Runs the `app` command of `cdk.json`, which writes the cloud assembly to `outdir`: `cdk synth` less the CLI's own
 * two seconds. The stacks are environment-agnostic, whatever AWS account the shell is signed in to.
 */
export async function synth(outdir: string, options: SynthOptions = {}): Promise<{ seconds: number }> {
  const { root = process.cwd(), context = {}, signal } = options;
  const started = performance.now();
  signal?.throwIfAborted();
  const project = readProject(root);
  removeUnfinishedBundles(outdir);

  // A group of its own: the app's shell, the app and its esbuild end together.
  const child = spawn(project.app, {
    shell: true,
    cwd: root,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environment(resolve(outdir), { ...project.context, ...unchecked, ...context }),
  });
  const stop = () => killGroup(child.pid);
  signal?.addEventListener('abort', stop);
  try {
    const [stderr, [code, killedBy]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    signal?.throwIfAborted();
    if (code !== 0) throw new SynthError(failure(project.app, stderr, killedBy ?? `exit code ${code}`));
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  return { seconds: (performance.now() - started) / 1_000 };
}

/** Security findings stop a deployment (`npm run synth`, CI), not what somebody tries out on a laptop. */
const unchecked = { 'fanfare:securityChecks': false };

const projectSchema = z.object({ app: z.string(), context: z.record(z.string(), z.unknown()).default({}) });

function readProject(root: string): z.output<typeof projectSchema> {
  const path = join(root, 'cdk.json');
  try {
    return projectSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new SynthError(`${path} cannot be read: ${reason}`, { cause: error });
  }
}

/** What the CLI gives to an app (aws-cdk's `prepareDefaultEnvironment` and `prepareContext`). */
function environment(outdir: string, context: Record<string, unknown>): NodeJS.ProcessEnv {
  const { CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION, ...inherited } = process.env;
  // `node` is the Node that runs this, whichever comes first in the shell.
  const path = [dirname(process.execPath), inherited.PATH].join(delimiter);
  const full = {
    'aws:cdk:enable-path-metadata': true,
    'aws:cdk:enable-asset-metadata': true,
    'aws:cdk:version-reporting': true,
    'aws:cdk:bundling-stacks': ['**'],
    ...context,
  };
  return { ...inherited, PATH: path, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(full) };
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    // It ended by itself between the abort and its `close` event.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/**
 * The CDK bundles into `bundling-temp-…`, renames that to the asset, and takes one that it finds for finished: left by
 * an aborted run it would stand for newer sources too.
 */
function removeUnfinishedBundles(outdir: string): void {
  if (!existsSync(outdir)) return;
  for (const name of readdirSync(outdir)) {
    if (name.startsWith('bundling-temp-')) rmSync(join(outdir, name), { recursive: true });
  }
}

/** Lines of an app's stderr that are kept: an error's message and the place in the project are near the end. */
const failureLines = 30;

function failure(app: string, stderr: string, ending: string): string {
  const lines = stderr
    .split('\n')
    .filter((line) => line.length < longestLine && !noise.some((pattern) => pattern.test(line)));
  return [`The CDK app (${app}) failed with ${ending}.`, ...lines.slice(-failureLines)].join('\n');
}

/** A longer line is the minified source that Node shows where the CDK's own code throws. */
const longestLine = 1_000;

const noise = [
  /^\s*\^*$/, // blank lines and the caret below a source line
  /^\s+at .*(node:|node_modules)/, // frames of Node itself and of packages
  /^(node:|\S*node_modules)\S+:\d+$|triggerUncaughtException\(/, // their sources
  /^Node\.js v\d/,
  /^Bundling asset /,
];
