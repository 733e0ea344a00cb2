import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openDocuments } from '#shared/storage/documents.ts';
import { type Message, Messages } from '#shared/storage/messages.ts';
import type { CommonOptions } from '../command.ts';
import { findTable } from '../deployment.ts';
import { print, style, table } from '../output.ts';
import { Progress } from '../progress.ts';
import { readLines } from './log-lines.ts';
import { type Spent, type Timeline, timelineOf } from './timeline.ts';

/** Around the write: clocks differ a little, and what is retried is done, or in a dead-letter queue, within the hour. */
const beforeMs = 60_000;
const afterMs = 3_600_000;

/** `story ROOM SEQ`: the row, what each stage logged of it, and where its time went. */
export async function story(room: string, seq: number, options: CommonOptions): Promise<void> {
  const messages = new Messages(openDocuments(), await findTable(new DynamoDBClient({}), 'Messages'));
  const message = (await messages.after(room, seq - 1, 1)).find((found) => found.seq === seq);
  if (!message) return await notFound(messages, room, seq, options);

  using progress = new Progress();
  const lines = await readLines(
    new CloudWatchLogsClient({}),
    room,
    message.sentAt - beforeMs,
    Math.min(Date.now(), message.sentAt + afterMs),
    (found) => progress.show(`Reading the logs: ${found} lines of ${room}`),
  );
  progress.show('');
  const timeline = timelineOf(message, lines);
  print(options, { message, ...timeline }, () => describe(message, timeline));
}

/** A number that no message has: it was skipped, or is still to come. */
async function notFound(
  messages: Messages,
  room: string,
  seq: number,
  options: CommonOptions,
): Promise<void> {
  const [newest] = await messages.before(room, undefined, 1);
  const lastSeq = newest?.seq;
  const why =
    lastSeq === undefined
      ? `the room has no messages`
      : seq > lastSeq
        ? `the newest is ${lastSeq}`
        : 'the number was skipped: its sender died, or lost a race with another tab, before the write';
  print(
    options,
    { message: null, lastSeq: lastSeq ?? null, why },
    () => `${room} has no message ${seq}: ${why}.`,
  );
  process.exitCode = 1;
}

function describe(message: Message, { steps, spent, missing }: Timeline): string {
  const { roomId, seq, version, id, sender, senderName, text, replyTo, sentAt, shards } = message;
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return [
    `${style('bold', `${roomId} ${seq}`)}  by ${senderName} (${sender}), ${new Date(sentAt).toISOString()}`,
    `  ${JSON.stringify(shown)}`,
    style(
      'dim',
      `  client id ${id}, version ${version}, ${shards} shard${shards === 1 ? '' : 's'}${replyTo ? `, answers ${replyTo}` : ''}`,
    ),
    '',
    table(
      steps.map(({ atMs, stage, what, detail }) => [`  ${offset(atMs)}`, what, style('dim', stage), detail]),
      [0],
    ),
    '',
    ...(spent ? [bars(spent)] : []),
    ...missing.map((line) => style('yellow', line)),
  ]
    .join('\n')
    .trimEnd();
}

function offset(ms: number): string {
  return `${ms > 0 ? '+' : ''}${ms} ms`;
}

const barWidth = 40;

function bars({ totalMs, streamMs, queueMs, postsMs }: Spent): string {
  const row = (name: string, ms: number) => {
    const share = totalMs > 0 ? ms / totalMs : 0;
    return [
      `  ${name}`,
      `${ms} ms`,
      `${Math.round(share * 100)}%`,
      style('cyan', '█'.repeat(Math.round(share * barWidth))),
    ];
  };
  return [
    `${totalMs} ms from the write until every connection had answered:`,
    table([row('stream', streamMs), row('queue', queueMs), row('posts', postsMs)], [1, 2]),
  ].join('\n');
}
