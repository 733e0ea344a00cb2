import './arenas.ts';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { awsLatencies } from './aws-timing.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { collectWhenIdle } from './collect-when-idle.ts';
import { consolePath } from './console/console.ts';
import type { EngineChoice } from './engines/dynamodb-engine.ts';
import { explain } from './explain.ts';
import { listen } from './http.ts';
import { accounts } from './identity/users.ts';
import { removeOldCode } from './lambda/code-store.ts';
import { announceRunning, takeDataFolder } from './running.ts';
import { Steps } from './steps.ts';
import { synth } from './synth.ts';
import { watchProject } from './watch.ts';

interface Options {
  port: number;
  data: string;
  fresh?: boolean;
  engine?: EngineChoice;
  watch?: boolean;
  awsTiming?: boolean;
}

/** Nobody's first message waits for these, and each takes some 20 MB. */
const startedWhenNeeded = [
  'disconnect',
  'unsubscribe',
  'default',
  'edit-message',
  'delete-message',
  'react',
  'mark-read',
  'typing',
  'authenticate',
  'presence',
  'sweep',
  'attachments',
  'webhooks',
  'notify',
].map((service) => `fanfare-${service}`);

/** After this, whatever still hangs ends with the process. */
const stopMs = 1_800;

const options = new Command('npm start --')
  .description('Runs Fanfare on this machine: synthesizes the stacks and runs what they say.')
  .option('--port <number>', 'the public port', parsePort, 4000)
  .option('--data <folder>', 'where tables, queues, keys and logs are kept', '.fanfare')
  .option('--fresh', 'begin without what an earlier run kept')
  .option('--engine <engine>', 'dynoxide, dynamodb-local, or the URL of a DynamoDB that runs', parseEngine)
  .option('--aws-timing', 'make the hops between services take as long as they do on AWS')
  .option('--watch', 'take up changes of services and stacks as they are saved (npm run dev)')
  .allowExcessArguments(false)
  .parse()
  .opts<Options>();

const ending = new AbortController();
let cloud: Cloud | undefined;
let giveBack = () => {};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0));
// A page is served by functions whose dates should not depend on where the laptop is.
process.env.TZ = 'UTC';
collectWhenIdle();

try {
  console.log('Starting Fanfare on this machine:');
  await checkPort();
  giveBack = takeDataFolder(options.data, options.port);
  if (options.fresh) clearDataFolder();
  cloud = await start();
  if (options.watch) {
    await watchProject({
      current: () => cloud,
      restart,
      buildDir: join(options.data, 'dev'),
      signal: ending.signal,
    });
    console.log('Watching services/, shared/, stacks/, web/ and client/ for changes.');
  }
} catch (error) {
  if (!ending.signal.aborted) {
    console.error(`\n${explain(error)}`);
    void end(1);
  }
}

/** Synthesizes the stacks, runs them, and says where. */
async function start(): Promise<Cloud> {
  const begun = performance.now();
  const steps = new Steps();
  // A folder for each synthesis: what runs keeps its code while the next one is written.
  const assembly = join(options.data, 'cdk.out', String(Date.now()));
  await synth(assembly, { signal: ending.signal });
  steps.done('CDK app synthesized: functions and page bundled');
  await cloud?.stop();
  ending.signal.throwIfAborted();
  const started = await startCloud({
    assembly,
    port: options.port,
    dataDir: options.data,
    ...(options.engine && { engine: options.engine }),
    awsTiming: options.awsTiming === true,
    onStep: (step) => steps.done(step),
    onWarning: (line) => console.warn(line),
    onNotification: (line) => console.warn(line),
  });
  removeOtherAssemblies(assembly);
  removeOldCode();
  announceRunning(options.data, options.port, started.operatorEnvironment);
  announce(started, (performance.now() - begun) / 1000);
  // Whoever tries Fanfare should not begin by waiting for ten cold starts in a row on two cores.
  started.lambda.warm(startedWhenNeeded);
  return started;
}

/** For a changed stack: what runs goes on until the new one is synthesized, and for good if that fails. */
async function restart(): Promise<void> {
  try {
    cloud = await start();
  } catch (error) {
    if (!ending.signal.aborted) console.error(explain(error));
  }
}

function announce({ url }: Cloud, seconds: number): void {
  const { data } = options;
  console.log(`
Fanfare is ready: ${url}   (${seconds.toFixed(1)} s)

  Sign in    as ${accounts.join(', ')} or any other name, in two windows as two people
  API        ${url}/api  and  ${url.replace('http', 'ws')}/ws  (docs/wire.md)
  Console    ${url}${consolePath}  metrics, alarms, logs, queues and each message's story
  Token      npm run -s token -- ${accounts[0]}${options.port === 4000 ? '' : ` --port ${options.port}`}
  Logs       ${join(data, 'logs')}  or  npm run logs -- deliver
${options.awsTiming ? `  Timing     ${timing()}\n` : ''}  Data       ${data}, kept for the next run; npm start -- --fresh begins anew

Ctrl-C stops everything.
`);
}

/** `stream 213/552 ms, …` */
function timing(): string {
  const hops = Object.entries(awsLatencies).map(([hop, { p50, p99 }]) => `${hop} ${p50}/${p99} ms`);
  return `as on AWS (p50/p99): ${hops.join(', ')}`;
}

/** Ends everything that was started, within two seconds. */
async function end(code: number): Promise<never> {
  if (ending.signal.aborted) return await new Promise(() => {});
  ending.abort();
  setTimeout(() => process.exit(code || 1), stopMs).unref();
  await cloud?.stop();
  giveBack();
  process.exit(code);
}

/** Said now, not after ten seconds of bundling. */
async function checkPort(): Promise<void> {
  await (await listen(() => {}, options.port)).close();
}

function clearDataFolder(): void {
  for (const name of readdirSync(options.data)) {
    if (name !== 'running.json') rmSync(join(options.data, name), { recursive: true, force: true });
  }
}

function removeOtherAssemblies(kept: string): void {
  const folder = join(options.data, 'cdk.out');
  for (const name of readdirSync(folder)) {
    if (join(folder, name) !== kept) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function parsePort(value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 1 to 65535.');
  return port;
}

function parseEngine(value: string): EngineChoice {
  if (value === 'dynoxide' || value === 'dynamodb-local') return value;
  if (URL.canParse(value)) return new URL(value);
  throw new InvalidArgumentError('An engine is dynoxide, dynamodb-local or a URL.');
}
