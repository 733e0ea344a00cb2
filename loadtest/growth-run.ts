import { readFileSync } from 'node:fs';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { findTable } from '#ops/deployment.ts';
import { pointToLocalCloud } from '#ops/target.ts';
import { type metrics, namespace } from '#shared/observability/metrics.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { fanOutShards, subscribeShards } from '#shared/storage/shard-counts.ts';
import { now, sleepUntil } from './client/clock.ts';
import { Crowd } from './client/crowd.ts';
import type { Channel } from './client/light-socket.ts';
import { connect, signIn } from './people.ts';
import { startCloud } from './start-cloud.ts';

/**
 * One room that grows from ten connections to twenty thousand, doubling each time, without a hand on it: does it get the
 * shards that it needs, does every message reach everybody, and how long does that take? Somebody writes all the while,
 * once a second, and some messages more when a size is reached. Exit code 1 where anything was lost.
 *
 * `node loadtest/growth-run.ts [most connections]`
 */
const room = 'general';
/** Tabs of one person: sign-ins are not what is measured. */
const people = 100;
const messagesAtSize = 5;
/** What is sent while the next connections are opened, at the most. */
const messagesMeanwhile = 300;
const patience = { quietMs: 40_000, longestMs: 120_000 };
/** Of those that the system allows a process: the cloud has both ends of its workers' connections to its engines too. */
const otherFiles = 2_000;

const most = Math.min(Number(process.argv[2] ?? 20_000), openFiles() - otherFiles);
const cloud = await startCloud();
try {
  pointToLocalCloud(cloud.data);
  await grow();
} finally {
  await cloud.stop();
}

async function grow(): Promise<void> {
  const counted = counters(new Date());
  const rooms = new Rooms(openDocuments(), await findTable(new DynamoDBClient({}), 'Rooms'));
  const tokens = await signIn(cloud.url, Math.min(people, most), () => {});
  const channels: Channel[] = [];
  say(
    'connections',
    'opened in',
    'lost',
    'twice',
    'subscribe',
    'fan out',
    'jobs',
    'pages',
    'posts',
    'time to last',
  );
  let problems = 0;
  for (const size of sizes()) {
    const meanwhile = await enter(channels, size, tokens);
    const before = await counted();
    const { ledger, crowd } = await send(channels);
    await sleepUntil(now() + 1_000);
    const after = await counted();

    const counts = (await rooms.readForSend(room, '')).room?.shardCounts ?? [];
    const { lost, duplicated, sendToReceipt } = ledger.result();
    const perMessage = (name: keyof typeof after) =>
      ((after[name] - before[name]) / messagesAtSize).toFixed(1);
    say(
      size,
      `${meanwhile.seconds.toFixed(1)} s`,
      lost + meanwhile.lost,
      duplicated + meanwhile.duplicated,
      subscribeShards(counts, Date.now()),
      fanOutShards(counts, Date.now()),
      perMessage('Jobs'),
      perMessage('QueueDwell'),
      perMessage('Posts'),
      `${sendToReceipt.max.toFixed(0)} ms`,
    );
    for (const [problem, times] of [...crowd.problems, ...meanwhile.problems]) {
      process.stdout.write(`  ${problem}: ${times}\n`);
      problems += times;
    }
    problems += lost + meanwhile.lost;
  }
  if (problems > 0) process.exitCode = 1;
}

/** Opens and subscribes connections up to `size`, while somebody of those who are there writes. */
async function enter(channels: Channel[], size: number, tokens: string[]) {
  const startedAt = now();
  const writer = new Crowd();
  writer.add(channels);
  const { ledger } = writer.begin(room, channels.length, messagesMeanwhile);
  const entering = async () => {
    const added = Array.from({ length: size - channels.length }, (_, i) => tokens[i % tokens.length] ?? '');
    const opened = await connect(cloud.url, added, () => {});
    const newcomers = new Crowd();
    newcomers.add(opened);
    await newcomers.subscribe(
      () => [room],
      () => {},
    );
    return { opened, problems: newcomers.problems };
  };
  let entered = false;
  const writing = async () => {
    for (let first = 0; channels.length > 0 && !entered && first < messagesMeanwhile; first++) {
      await writer.send({ first, count: 1, rate: 1, senders: Math.min(10, channels.length) });
      await sleepUntil(now() + 1_000);
    }
  };
  const ended = () => {
    entered = true;
  };
  const [{ opened, problems }] = await Promise.all([entering().finally(ended), writing()]);
  const seconds = (now() - startedAt) / 1000;
  await writer.drain(ledger.acknowledgements * channels.length, patience);
  const { lost, duplicated } = ledger.result();
  channels.push(...opened);
  return { seconds, lost, duplicated, problems: new Map([...problems, ...writer.problems]) };
}

/** One message after the other, each when the one before has come to everybody. */
async function send(channels: Channel[]) {
  const crowd = new Crowd();
  crowd.add(channels);
  const { ledger } = crowd.begin(room, channels.length, messagesAtSize);
  for (let first = 0; first < messagesAtSize; first++) {
    await crowd.send({ first, count: 1, rate: 1, senders: Math.min(10, channels.length) });
    await crowd.drain((first + 1) * channels.length, patience);
  }
  return { ledger, crowd };
}

/** Sums since `since`; of the queue's time, how many jobs had one. */
function counters(since: Date) {
  const cloudWatch = new CloudWatchClient({});
  const asked = { Jobs: 'dispatch', Posts: 'deliver', QueueDwell: 'deliver' } as const satisfies Partial<
    Record<keyof typeof metrics, string>
  >;
  return async () => {
    const { MetricDataResults = [] } = await cloudWatch.send(
      new GetMetricDataCommand({
        StartTime: since,
        EndTime: new Date(Date.now() + 60_000),
        MetricDataQueries: Object.entries(asked).map(([MetricName, service]) => ({
          Id: MetricName.toLowerCase(),
          MetricStat: {
            Metric: { Namespace: namespace, MetricName, Dimensions: [{ Name: 'service', Value: service }] },
            Period: 60,
            Stat: MetricName === 'QueueDwell' ? 'SampleCount' : 'Sum',
          },
        })),
      }),
    );
    const of = (name: keyof typeof asked) =>
      MetricDataResults.find(({ Id }) => Id === name.toLowerCase())?.Values?.reduce((a, b) => a + b, 0) ?? 0;
    return { Jobs: of('Jobs'), Posts: of('Posts'), QueueDwell: of('QueueDwell') };
  };
}

function sizes(): number[] {
  const doubling: number[] = [];
  for (let size = 10; size < most; size *= 2) doubling.push(size);
  return [...doubling, most];
}

function say(...cells: (string | number)[]): void {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(12)).join('')}\n`);
}

/** How many files a process may have open: Node takes the hard limit. */
function openFiles(): number {
  const limit = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
}
