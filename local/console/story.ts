import { existsSync } from 'node:fs';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { readLines } from '#ops/story/log-lines.ts';
import { type Timeline, timelineOf } from '#ops/story/timeline.ts';
import { type Message, Messages } from '#shared/storage/messages.ts';
import type { Logs } from '../lambda/logs.ts';
import type { Deployment } from '../template/deploy.ts';
import { ConsoleError } from './console-error.ts';
import { readEnd } from './log-file.ts';
import { clientSettings } from './operator-clients.ts';

/** A message, and what became of it. */
export interface Story extends Timeline {
  message: Message;
}

/** What was written lately, to choose from. */
export interface LatestMessage {
  room: string;
  seq: number;
  /** Milliseconds since the epoch. */
  at: number;
}

/** Clocks are one here; whatever becomes of a message later is in its dead-letter queue. */
const beforeMs = 60_000;
const afterMs = 3_600_000;

const shownMessages = 30;

/** What each stage logged of a message, and where its time went. @throws ConsoleError where there is no such message */
export async function tellStory(
  {
    deployment,
    operatorEnvironment,
  }: { deployment: Deployment; operatorEnvironment: Record<string, string> },
  room: string,
  seq: number,
): Promise<Story> {
  const dynamodb = new DynamoDBClient(clientSettings(operatorEnvironment, 'DYNAMODB'));
  const logs = new CloudWatchLogsClient(clientSettings(operatorEnvironment, 'CLOUDWATCH_LOGS'));
  try {
    const messages = new Messages(DynamoDBDocumentClient.from(dynamodb), messagesTable(deployment));
    const message = (await messages.after(room, seq - 1, 1)).find((found) => found.seq === seq);
    if (!message) throw new ConsoleError(`${room} has no message ${seq}.`, 404);
    const from = message.sentAt - beforeMs;
    const lines = await readLines(logs, room, from, message.sentAt + afterMs, () => {});
    return { message, ...timelineOf(message, lines) };
  } finally {
    dynamodb.destroy();
    logs.destroy();
  }
}

const written = z.object({
  message: z.literal('Written'),
  room: z.string(),
  seqs: z.array(z.number()),
  timestamp: z.iso.datetime({ offset: true }),
});

/** The newest messages of all rooms, newest first. */
export async function latestMessages(logs: Logs): Promise<LatestMessage[]> {
  const file = logs.file('/fanfare/send-message');
  if (!existsSync(file)) return [];
  const { lines } = await readEnd(file);
  return lines
    .filter((line) => line.includes('"Written"'))
    .slice(-shownMessages)
    .flatMap((line) => {
      const { data } = written.safeParse(JSON.parse(line));
      return data?.seqs.map((seq) => ({ room: data.room, seq, at: Date.parse(data.timestamp) })) ?? [];
    })
    .reverse();
}

function messagesTable(deployment: Deployment): string {
  const table = deployment
    .find('AWS::DynamoDB::GlobalTable')
    .find(({ logicalId }) => logicalId.startsWith('Messages'));
  if (!table) throw new ConsoleError('The template has no table of messages.', 404);
  return table.ref;
}
