import type { Message } from '#shared/storage/messages.ts';
import { plural } from '../output.ts';
import type { LogLine } from './log-lines.ts';

/** Something that became of a message. */
interface Step {
  /** Milliseconds after its write. */
  atMs: number;
  stage: string;
  what: string;
  detail: string;
}

/** Where a message's time went, until the first attempt to post it had been answered by every connection. */
export interface Spent {
  /** From the write to the end of the last shard's first job. */
  totalMs: number;
  /** Until dispatch had put it on the queue. */
  streamMs: number;
  /** Until the last shard's worker picked it up. */
  queueMs: number;
  /** Until that worker's last connection had answered. */
  postsMs: number;
}

export interface Timeline {
  steps: Step[];
  /** Undefined where it was not dispatched or not delivered. */
  spent: Spent | undefined;
  /** What a message's story should have and this one has not. */
  missing: string[];
}

/** Puts a message's log lines in order. Lines of the room that are not of this message are left out. */
export function timelineOf(message: Message, lines: LogLine[]): Timeline {
  const own = lines.filter(({ seqs }) => seqs.includes(message.seq));
  const since = (time: number) => time - message.sentAt;
  const steps: Step[] = [
    { atMs: 0, stage: 'send-message', what: 'written', detail: '' },
    ...own.flatMap((line) => stepsOf(line, since)),
  ];
  return {
    steps: steps.toSorted((a, b) => a.atMs - b.atMs),
    spent: spentOf(message, own),
    missing: missingOf(own),
  };
}

function stepsOf(line: LogLine, since: (time: number) => number): Step[] {
  const { service: stage, timestamp, message } = line;
  const atMs = since(timestamp);
  // The row itself tells of the write, by the clock that everything is measured from.
  if (message === 'Written') return [];
  if (message !== 'Delivered') {
    const detail = line.error ? `${line.error.name}: ${line.error.message}` : notifiedDetail(line);
    return [{ atMs, stage, what: message.toLowerCase(), detail }];
  }
  const { milliseconds = 0, shard = 0 } = line;
  const worker = `${stage} shard ${shard}`;
  return [
    { atMs: atMs - milliseconds, stage: worker, what: 'picked up', detail: '' },
    { atMs, stage: worker, what: 'delivered', detail: deliveredDetail(line) },
  ];
}

/** Of those whom the message is for and who are not there: often nobody. */
function notifiedDetail({ message, people = 0, browsers = 0, failed = 0 }: LogLine): string {
  if (message !== 'Notified') return '';
  const parts = [`${plural(people, 'person', 'people')} in ${plural(browsers, 'browser')}`];
  if (failed > 0) parts.push(`${failed} failed, to be tried again`);
  return parts.join(', ');
}

function deliveredDetail({
  delivered = 0,
  gone = 0,
  failed = 0,
  posts = 0,
  milliseconds = 0,
  seqs,
}: LogLine) {
  const parts = [`to ${delivered} connection${delivered === 1 ? '' : 's'}`];
  if (gone > 0) parts.push(`${gone} gone and removed`);
  if (failed > 0) parts.push(`${failed} failed, to be tried again`);
  parts.push(`${posts} post${posts === 1 ? '' : 's'} in ${milliseconds} ms`);
  if (seqs.length > 1) parts.push(`with ${seqs.length - 1} more in the frame`);
  return parts.join(', ');
}

function spentOf({ sentAt }: Message, own: LogLine[]): Spent | undefined {
  const dispatched = own.find(({ message }) => message === 'Dispatched');
  const last = firstJobs(own).at(-1);
  if (!dispatched || !last) return undefined;
  const pickedUp = last.timestamp - (last.milliseconds ?? 0);
  // A worker may be quicker than dispatch's own log line.
  const queued = Math.min(dispatched.timestamp, pickedUp);
  return {
    totalMs: last.timestamp - sentAt,
    streamMs: queued - sentAt,
    queueMs: pickedUp - queued,
    postsMs: last.timestamp - pickedUp,
  };
}

/** Each shard's first delivery, in the order of their ends: later ones are pages, retries and redeliveries. */
function firstJobs(own: LogLine[]): LogLine[] {
  const delivered = own.filter(({ message }) => message === 'Delivered');
  const shards = new Map(delivered.toReversed().map((line) => [line.shard, line]));
  return delivered.filter((line) => shards.get(line.shard) === line);
}

function missingOf(own: LogLine[]): string[] {
  const has = (what: string) => own.some(({ message }) => message === what);
  const missing: string[] = [];
  if (!has('Dispatched'))
    missing.push('Not dispatched: see `redrive dispatch`, and whether the stream is behind (doctor).');
  else if (!has('Delivered'))
    missing.push('Delivered to nobody: no connection was subscribed, or see `redrive deliveries`.');
  if (!has('Published')) missing.push('Not published to the event bus: see `redrive publish`.');
  return missing;
}
