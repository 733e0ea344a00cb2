import { now, sleepUntil } from './client/clock.ts';
import { Crowd } from './client/crowd.ts';
import type { Result } from './client/ledger.ts';
import { type Options, readOptions } from './options.ts';
import { connect, signIn } from './people.ts';
import { table } from './report.ts';
import { startCloud } from './start-cloud.ts';

/** The room that everybody is a member of from their first sign-in on. */
const room = 'general';

/** Longer than the deliveries queue's visibility timeout: what a worker dropped comes again within it. */
const patience = { quietMs: 40_000, longestMs: 180_000 };

const options = readOptions(process.argv);
const cloud = options.start ? await step('started a local cloud', () => startCloud()) : undefined;
try {
  await run({ ...options, url: cloud?.url ?? options.url });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  await cloud?.stop();
}

/** One measurement. The exit code is 1 where anything was lost or refused. */
async function run({ url, connections, rate, seconds, senders, json }: Options): Promise<void> {
  const messages = rate * seconds;
  const tokens = await step(`signed in ${connections} people`, (progress) =>
    signIn(url, connections, progress),
  );
  const sockets = await step(`opened ${connections} connections`, (progress) =>
    connect(url, tokens, progress),
  );
  const crowd = new Crowd();
  crowd.add(sockets);
  const { ledger } = crowd.begin(room, connections, messages);
  await step(`subscribed ${connections} connections`, (progress) => crowd.subscribe(() => [room], progress));
  await step(`sent ${messages} messages, ${rate}/s from ${senders}`, (progress) =>
    crowd.send({ count: messages, rate, senders }, progress),
  );
  await step('received what was under way', async () => {
    await crowd.drain(ledger.acknowledgements * connections, patience);
    // Duplicates of the last messages, if there are any, follow at once.
    await sleepUntil(now() + 1_000);
  });
  crowd.close();

  const result = ledger.result();
  process.stdout.write(
    json
      ? `${JSON.stringify({ ...result, resent: crowd.resent, problems: Object.fromEntries(crowd.problems) })}\n`
      : `\n${table(result, crowd)}\n`,
  );
  if (hasFailed(result) || crowd.problems.size > 0) process.exitCode = 1;
}

function hasFailed({ lost, unacknowledged }: Result): boolean {
  return lost > 0 || unacknowledged > 0;
}

/** Says on stderr, apart from the result, what goes on: every five seconds, and at the end with its time. */
async function step<T>(done: string, act: (progress: (count: number) => void) => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  let saidAt = startedAt;
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  const value = await act((count) => {
    if (performance.now() - saidAt < 5_000) return;
    saidAt = performance.now();
    process.stderr.write(`  ${seconds()}: ${count}\n`);
  });
  process.stderr.write(`${done} (${seconds()})\n`);
  return value;
}
