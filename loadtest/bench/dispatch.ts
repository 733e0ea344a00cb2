import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { z } from 'zod';
import { limits } from '#shared/contract/limits.ts';
import type { Message } from '#shared/storage/messages.ts';
import type { BenchSection, Row, Sample } from './results.ts';

/** A message of a room of so many shards, that is of a million connections, may take dispatch this much. */
const shards = 1_000;
const mostMs = 100;

/** Messages of a process that are not counted: V8 takes about so many to compile what they run. */
const warmUp = 10;

/** What a message is like: as people write them, or the longest that the contract takes. */
const texts = { 'a usual message': 42, 'the longest message': limits.textLength };

const measured = z.object({
  /** CPU ms of the process, by getrusage, one value a message. */
  cpuMs: z.array(z.number()),
  wallMs: z.array(z.number()),
});
const received = z.object({ calls: z.number(), jobs: z.number() });

/** What dispatch costs: the CPU time of its handler for one message of a room of very many shards. */
export async function benchDispatch({
  quick,
  rounds,
}: {
  quick: boolean;
  rounds: number;
}): Promise<BenchSection> {
  const messages = warmUp + (quick ? 5 : 20);
  const rows: Row[] = [];
  let worst = 0;
  for (const [name, length] of Object.entries(texts)) {
    const results = [];
    for (let round = 0; round < rounds; round++) results.push(await measure({ length, messages }));
    const cpu = sampleOf(results.map(({ cpuMs }) => median(cpuMs.slice(warmUp))));
    worst = Math.max(worst, cpu.median);
    const [first] = results;
    rows.push({
      name,
      cells: [
        cpu,
        sampleOf(results.map(({ cpuMs }) => cpuMs[0] ?? Number.NaN)),
        sampleOf(results.map(({ wallMs }) => median(wallMs.slice(warmUp)))),
        first ? first.calls / messages : null,
        first ? first.jobs / messages : null,
      ],
      ...(results.some(({ jobs }) => jobs !== messages * shards) && {
        void: 'not every shard got its job',
      }),
    });
  }
  return {
    id: 'dispatch',
    title: 'Dispatch',
    about: `dispatch's handler takes the stream record of one message of a room of ${shards.toLocaleString('en')} shards, which is a million connections, and sends a job for each to an SQS of another process that keeps nothing. CPU is that of the handler's process, by the operating system, after ${warmUp} messages; the first one of a process, which connects and compiles, is apart.`,
    tables: [
      {
        title: `One message, ${shards.toLocaleString('en')} shards`,
        columns: [
          { name: '', unit: '' },
          { name: 'CPU a message', unit: 'ms' },
          { name: 'CPU of the first', unit: 'ms' },
          { name: 'time a message', unit: 'ms' },
          { name: 'calls of SQS', unit: '' },
          { name: 'jobs', unit: '' },
        ],
        rows,
      },
    ],
    charts: [],
    verdicts: [
      {
        claim: `A message to ${shards.toLocaleString('en')} shards takes dispatch at most ${mostMs} ms of CPU`,
        bound: { atMost: mostMs },
        measured: worst,
        unit: 'ms',
        holds: worst <= mostMs && rows.every((row) => row.void === undefined),
      },
    ],
  };
}

/** One process of dispatch against one SQS, both new. */
async function measure({ length, messages }: { length: number; messages: number }) {
  const sqs = play('sqs', {});
  try {
    const { url } = z.object({ url: z.string() }).parse(await told(sqs));
    const dispatch = play('dispatch', {
      AWS_ENDPOINT_URL_SQS: url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_LAMBDA_FUNCTION_NAME: 'fanfare-dispatch',
      POWERTOOLS_SERVICE_NAME: 'dispatch',
      DELIVERIES_QUEUE_URL: `${url}/000000000000/fanfare-deliveries`,
    });
    try {
      dispatch.send({ length, messages });
      const result = measured.parse(await told(dispatch));
      sqs.send('how many?');
      return { ...result, ...received.parse(await told(sqs)) };
    } finally {
      dispatch.kill();
    }
  } finally {
    sqs.kill();
  }
}

function play(role: 'sqs' | 'dispatch', environment: Record<string, string>): ChildProcess {
  return fork(import.meta.filename, [role], {
    env: { ...process.env, ...environment },
    // The handler's logs and metrics are written, as they are on AWS, and read by nobody.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function told(child: ChildProcess): Promise<unknown> {
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`The bench's process ended with ${code}`);
  });
  const [message] = await Promise.race([once(child, 'message'), failed]);
  return message;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function sampleOf(values: number[]): Sample {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

if (process.send && process.argv[2] === 'sqs') playSqs();
if (process.send && process.argv[2] === 'dispatch')
  process.once('message', (task) => void playDispatch(task));

/** Answers SendMessageBatch as SQS does, and counts. */
function playSqs(): void {
  const request = z.object({ Entries: z.array(z.object({ Id: z.string(), MessageBody: z.string() })) });
  const count = { calls: 0, jobs: 0 };
  process.on('message', () => process.send?.(count));
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { Entries } = request.parse(JSON.parse(String(Buffer.concat(chunks))));
    count.calls++;
    count.jobs += Entries.length;
    const Successful = Entries.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    }));
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify({ Successful }));
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address && typeof address === 'object') process.send?.({ url: `http://127.0.0.1:${address.port}` });
  });
}

/** Gives the handler one message after the other. */
async function playDispatch(task: unknown): Promise<void> {
  const { length, messages } = z.object({ length: z.number(), messages: z.number() }).parse(task);
  const { handler } = await import('../../services/dispatch/handler.ts');
  const cpuMs: number[] = [];
  const wallMs: number[] = [];
  for (let seq = 1; seq <= messages; seq++) {
    const Records = [recordOf(seq, 'x'.repeat(length))];
    const startedAt = performance.now();
    const before = process.cpuUsage();
    await handler({ Records });
    const { user, system } = process.cpuUsage(before);
    cpuMs.push((user + system) / 1_000);
    wallMs.push(performance.now() - startedAt);
  }
  process.send?.({ cpuMs, wallMs });
}

function recordOf(seq: number, text: string): DynamoDBRecord {
  const message: Message = {
    roomId: 'general',
    seq,
    version: 1,
    id: 'c6b1f0de-7a4d-4a57-8a1e-6f1f7f2b7a10',
    sender: 'ad3f1b5e-0000-4000-8000-000000000000',
    senderName: 'Alice',
    text,
    sentAt: Date.now(),
    shards,
  };
  const image = marshall(message);
  return {
    eventID: String(seq),
    eventName: 'INSERT',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      SequenceNumber: String(seq),
      NewImage: image as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'],
    },
  };
}
