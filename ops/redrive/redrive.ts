import { SQSClient } from '@aws-sdk/client-sqs';
import type { CommonOptions } from '../command.ts';
import { findQueues } from '../deployment.ts';
import { OpsError } from '../explain.ts';
import { plural, print, style, table } from '../output.ts';
import { Progress } from '../progress.ts';
import { type DeadLetters, depthOf, peek } from './dead-letters.ts';
import { type Moved, moveMessages } from './move-messages.ts';
import { replayStreamFailures } from './replay-stream-failures.ts';
import { type StreamFailure, streamFailure } from './stream-failure.ts';

interface Options extends CommonOptions {
  dryRun?: true;
}

/** How much of a message a person is shown. */
const shownCharacters = 160;

/**
 * `redrive [queue]`: what a dead-letter queue holds goes to the queue it came from; where that is a stream, the records
 * that its messages tell of are given to their function again. Each message is taken off only when that has worked.
 */
export async function redrive(queue: string | undefined, options: Options): Promise<void> {
  const sqs = new SQSClient({});
  const queues = await findQueues(sqs);
  const all = deadLetterQueues(queues);
  if (queue === undefined) return await list(sqs, all, options);

  const letters = choose(all, queue);
  const held = await depthOf(sqs, letters.url);
  if (options.dryRun) return await dryRun(sqs, letters, held, options);
  const moved = await move(sqs, letters, held);
  const left = await depthOf(sqs, letters.url);
  print(options, { queue: letters.name, to: letters.source?.name ?? 'stream', ...moved, left }, () =>
    [
      `${letters.name}: ${describe(letters, moved)}; ${left === 0 ? 'it is empty' : `${left} left in it`}.`,
      ...moved.problems.map((problem) => style('red', `  ${problem}`)),
    ].join('\n'),
  );
  if (moved.failed > 0) process.exitCode = 1;
}

async function move(sqs: SQSClient, letters: DeadLetters, held: number): Promise<Moved> {
  using progress = new Progress();
  const onProgress = (done: number) => progress.show(`${letters.name}: ${done} of about ${held}`);
  if (letters.source) return await moveMessages(sqs, letters.url, letters.source.url, held, onProgress);
  return await replayStreamFailures(sqs, letters.url, held, onProgress);
}

function describe({ source }: DeadLetters, { moved, failed }: Moved): string {
  const done = source
    ? `${plural(moved, 'message')} moved to ${source.name}`
    : `the records of ${plural(moved, 'failure')} given to their function again`;
  return failed === 0 ? done : `${done}, ${failed} failed and stayed`;
}

/** Every dead-letter queue with what it holds. */
async function list(sqs: SQSClient, all: DeadLetters[], options: Options): Promise<void> {
  const rows = await Promise.all(
    all.map(async ({ name, url, source }) => ({
      queue: name,
      held: await depthOf(sqs, url),
      to: source?.name ?? 'stream',
    })),
  );
  print(options, rows, () =>
    [
      table(
        rows.map(({ queue, held, to }) => [
          queue,
          held === 0 ? style('green', 'empty') : style('red', plural(held, 'message')),
          to === 'stream' ? "from a table's stream" : `from ${to}`,
        ]),
      ),
      '',
      rows.every(({ held }) => held === 0)
        ? 'Nothing failed.'
        : 'To see some of them: redrive <queue> --dry-run. To bring them back: redrive <queue>.',
    ].join('\n'),
  );
}

async function dryRun(sqs: SQSClient, letters: DeadLetters, held: number, options: Options): Promise<void> {
  const samples = await peek(sqs, letters.url);
  const would = letters.source ? `move to ${letters.source.name}` : 'be replayed from the stream';
  print(options, { queue: letters.name, to: letters.source?.name ?? 'stream', held, samples }, () =>
    held === 0
      ? `${letters.name} is empty.`
      : [
          `${letters.name} holds ${plural(held, 'message')}, which would ${would}. Some of them:`,
          '',
          ...samples.map((body) => `  ${describeSample(body)}`),
        ].join('\n'),
  );
}

function describeSample(body: string): string {
  const failure = streamFailure.safeParse(parse(body)).data;
  if (!failure) return body.length > shownCharacters ? `${body.slice(0, shownCharacters)}…` : body;
  return describeFailure(failure);
}

function describeFailure({ requestContext, DDBStreamBatchInfo: batch }: StreamFailure): string {
  return [
    requestContext.functionArn.split(':').at(-1),
    requestContext.condition,
    `${plural(batch.batchSize, 'record')} of ${batch.approximateArrivalOfFirstRecord}`,
    `${batch.shardId} from ${batch.startSequenceNumber}`,
  ].join('  ');
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // A message that is no JSON is no stream failure: it is shown as it is.
    return undefined;
  }
}

function deadLetterQueues(queues: Map<string, string>): DeadLetters[] {
  return [...queues]
    .filter(([name]) => name.endsWith('-dlq'))
    .map(([name, url]) => {
      const sourceName = name.slice(0, -'-dlq'.length);
      const sourceUrl = queues.get(sourceName);
      return {
        name,
        url,
        source: sourceUrl === undefined ? undefined : { name: sourceName, url: sourceUrl },
      };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** @throws OpsError that lists what there is */
function choose(all: DeadLetters[], wanted: string): DeadLetters {
  const names = [wanted, `${wanted}-dlq`, `fanfare-${wanted}`, `fanfare-${wanted}-dlq`];
  const found = all.find(({ name }) => names.includes(name));
  if (found) return found;
  throw new OpsError(
    all.length === 0
      ? 'No queue of Fanfare here: is it deployed in this region?'
      : `No dead-letter queue is named like "${wanted}"; there are: ${all.map(({ name }) => name).join(', ')}.`,
  );
}
