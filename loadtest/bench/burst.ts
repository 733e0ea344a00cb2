import { setTimeout as sleep } from 'node:timers/promises';
import type { metrics } from '#shared/observability/metrics.ts';
import type { BenchOptions } from './bench-options.ts';
import type { ClientResult, StageMetric } from './parts/contract.ts';
import type { BenchSection, Chart, Table, Verdict } from './results.ts';
import { interleaved, perDelivery, Rounds, ratio, startCpu, voidReason } from './rounds.ts';
import type { Stage } from './stage.ts';
import { sampleOf, verdict } from './statistics.ts';
import type { System } from './systems.ts';

/** What was offered is waited for so long; what has not come then was not sustained. */
const patience = { quietMs: 5_000, longestMs: 25_000 };
/** A system that is behind ends its work before the next one's turn. */
const recoveryMs = 60_000;
const metricsMs = 5_000;

/** The held burst's throughput is told by stretches. */
const slices = 5;

type StageName = keyof typeof metrics;
type Metrics = Partial<Record<string, StageMetric>>;

interface BurstRound {
  /** Deliveries that were to be. */
  expected: number;
  result: ClientResult;
  deliveriesPerSecond: number;
  postsPerDelivery: number;
  serverUs: number;
  engineUs: number | undefined;
  clientUs: number;
  /** Of Fanfare's pipeline. */
  metrics: Metrics;
  void: string | undefined;
}

interface Offer {
  rate: number;
  seconds: number;
}

const columns = [
  { name: 'system', unit: '' },
  { name: 'deliveries', unit: '1/s' },
  { name: 'posts a delivery', unit: '' },
  { name: 'send to receipt, p50', unit: 'ms' },
  { name: 'send to receipt, p99', unit: 'ms' },
  { name: 'CPU a delivery, all servers', unit: 'µs' },
  { name: 'client CPU a delivery', unit: 'µs' },
  { name: 'out of order', unit: '' },
];
const figures = [
  ({ deliveriesPerSecond }: BurstRound) => deliveriesPerSecond,
  ({ postsPerDelivery }: BurstRound) => postsPerDelivery,
  ({ result }: BurstRound) => result.sendToReceipt.p50,
  p99,
  cpuOf,
  ({ clientUs }: BurstRound) => clientUs,
  ({ result }: BurstRound) => result.outOfOrder,
];

/** Messages at a rate, from many senders, into one room: what comes out, and at what cost. */
export async function benchBurst({ progress }: BenchOptions, stage: Stage): Promise<BenchSection> {
  progress.section('Burst');
  const { plan, rawWs, socketIo, pipeline } = stage;
  const systems = [rawWs, socketIo, pipeline];
  for (const system of systems) {
    progress.step(`${system.name} warms up`);
    await offer(stage, system, { rate: 50, seconds: plan.warmUp / plan.middleSize / 50 });
  }
  const entries = plan.bursts.flatMap((burst) =>
    systems.map((system) => ({ burst, system, rounds: new Rounds<BurstRound>() })),
  );
  await interleaved(plan.rounds, entries, async ({ burst, system, rounds }, round) => {
    progress.step(`${burst.rate} messages/s, ${system.name}`, round, plan.rounds);
    rounds.add(await offer(stage, system, burst));
  });
  let held: BurstRound | undefined;
  if (plan.held) {
    progress.step(`${plan.held.rate} messages/s for ${plan.held.seconds} s, ${pipeline.name}`);
    held = await offer(stage, pipeline, plan.held);
  }

  const at = (system: System, rate: number) =>
    entries.find((entry) => entry.system === system && entry.burst.rate === rate)?.rounds;
  return {
    id: 'burst',
    title: 'Bursts',
    about: [
      `A room of ${plan.middleSize} connections, ${Math.min(plan.people, plan.middleSize)} of whom send by turns, as the schedule says and not as the answers come; in every system by a frame to the server, which acknowledges it. What was offered is waited for ${patience.longestMs / 1000} s more: a row whose deliveries did not all come by then is void.`,
      'A post is one write to one connection; a frame of it may carry several messages. CPU is that of all servers: for Fanfare the whole local cloud, DynamoDB included, with the time in which it works off what was offered.',
      'Out of order: new messages that came after one of higher seq, at the wire; clients sort by it.',
    ].join(' '),
    tables: [
      ...plan.bursts.map(({ rate, seconds }) => ({
        title: `${rate} messages/s offered, for ${seconds} s`,
        columns,
        rows: systems.flatMap((system) => at(system, rate)?.row(system.name, figures) ?? []),
      })),
      ...plan.bursts.flatMap(({ rate }) => hopTable(rate, at(pipeline, rate))),
      ...(held && plan.held ? [heldTable(held, plan.held)] : []),
    ],
    charts: [
      chart('Deliveries', '1/s', systems, plan.bursts, at, ({ deliveriesPerSecond }) => deliveriesPerSecond),
      chart('Send to receipt, p99', 'ms', systems, plan.bursts, at, p99),
      chart('CPU a delivery, all servers', 'µs', systems, plan.bursts, at, cpuOf),
      chart('Posts a delivery', '', systems, plan.bursts, at, ({ postsPerDelivery }) => postsPerDelivery),
    ],
    verdicts: [
      ...loneVerdicts(at(pipeline, 1)),
      ...latencyVerdicts(at(pipeline, 10), at(socketIo, 10)),
      ...(held ? heldVerdicts(held, at(socketIo, 200)) : []),
    ],
  };
}

/** Offers messages at a rate, waits for what they come to, and lets the system end its work. */
async function offer(stage: Stage, system: System, { rate, seconds }: Offer): Promise<BurstRound> {
  const { clients } = system;
  const { plan, cloud } = stage;
  const room = stage.roomOf(plan.middleSize);
  const count = Math.max(1, Math.round(rate * seconds));
  const deliveries = count * room.size;
  await clients.call('begin', { ...room, messages: count });
  await cloud.call('forgetMetrics', {});
  const used = await startCpu(system);
  await clients.call('send', { first: 0, count, rate, senders: Math.min(plan.people, room.size) });
  await clients.call('drain', { deliveries, ...patience });
  const cpu = await used();
  const result = await clients.call('result', { slices, sliceMs: (seconds * 1000) / slices });
  const measured = system === stage.pipeline ? await metricsOf(stage, result.deliveries) : {};
  const round = {
    expected: deliveries,
    result,
    deliveriesPerSecond: result.deliveriesPerSecond,
    postsPerDelivery: (measured.Posts?.sum ?? result.frames) / Math.max(1, result.deliveries),
    ...perDelivery(cpu, result.deliveries),
    metrics: measured,
    void: voidReason(deliveries, result),
  };
  if (result.deliveries < deliveries)
    await clients.call('drain', { deliveries, quietMs: patience.quietMs, longestMs: recoveryMs });
  return round;
}

/** A function writes its metrics as it ends, which may be just after the last receipt. */
async function metricsOf({ cloud }: Stage, deliveries: number): Promise<Metrics> {
  const giveUpAt = performance.now() + metricsMs;
  for (;;) {
    const found: Metrics = await cloud.call('metrics', {});
    if ((found.Deliveries?.sum ?? 0) >= deliveries || performance.now() > giveUpAt) return found;
    await sleep(100);
  }
}

function cpuOf({ serverUs, engineUs = 0 }: BurstRound): number {
  return serverUs + engineUs;
}

function p99({ result }: BurstRound): number {
  return result.sendToReceipt.p99;
}

/** Where the pipeline's time goes: what functions measure of each message, between what its clients see. */
const hops: { name: string; stage: StageName }[] = [
  { name: 'frame received → written', stage: 'IngressLatency' },
  { name: 'written → dispatched', stage: 'StreamLag' },
  { name: 'dispatched → picked up by a worker', stage: 'QueueDwell' },
  { name: 'picked up → last connection answered', stage: 'PostDuration' },
];

function hopTable(rate: number, rounds: Rounds<BurstRound> | undefined): Table[] {
  if (!rounds) return [];
  return [
    {
      title: `Fanfare's hops at ${rate} messages/s`,
      columns: [
        { name: 'hop', unit: '' },
        { name: 'p50', unit: 'ms' },
        { name: 'p99', unit: 'ms' },
      ],
      rows: [
        rounds.row('client: send → acknowledged', [
          ({ result }) => result.sendToAck.p50,
          ({ result }) => result.sendToAck.p99,
        ]),
        ...hops.map(({ name, stage }) =>
          rounds.row(name, [({ metrics }) => metrics[stage]?.p50, ({ metrics }) => metrics[stage]?.p99]),
        ),
        rounds.row('client: send → received', [({ result }) => result.sendToReceipt.p50, p99]),
      ],
    },
  ];
}

function heldTable(held: BurstRound, { rate, seconds }: Offer): Table {
  const perSlice = held.result.timeline.map((deliveries) => deliveries / (seconds / slices));
  return {
    title: `Fanfare at ${rate} messages/s for ${seconds} s; deliveries by stretches of ${seconds / slices} s`,
    columns,
    rows: [
      {
        name: "Fanfare's whole pipeline",
        cells: [sampleOf(perSlice), ...figures.slice(1).map((figure) => figure(held))],
        ...(held.void && { void: held.void }),
      },
    ],
  };
}

function loneVerdicts(alone: Rounds<BurstRound> | undefined): Verdict[] {
  if (!alone) return [];
  const posts = alone.void === undefined ? alone.sample(({ postsPerDelivery }) => postsPerDelivery) : null;
  return [verdict('Lone messages: posts a delivered message', { atMost: 1 }, posts?.high, '')];
}

function latencyVerdicts(
  pipeline: Rounds<BurstRound> | undefined,
  socketIo: Rounds<BurstRound> | undefined,
): Verdict[] {
  if (!pipeline || !socketIo) return [];
  const bound = 2 * (socketIo.median(p99) ?? Number.NaN) + 20;
  return [
    verdict(
      "10 messages/s: p99 from send to receipt, the bound being twice Socket.IO's and 20 ms",
      { atMost: bound },
      pipeline.median(p99),
      'ms',
    ),
  ];
}

function heldVerdicts(held: BurstRound, socketIo: Rounds<BurstRound> | undefined): Verdict[] {
  const { metrics, result } = held;
  const delivered = held.void === undefined;
  const batch = ratio(metrics.Sends?.sum, metrics.Jobs?.sum);
  const counted = (value: number | undefined) => (delivered ? value : undefined);
  return [
    verdict(
      'Held burst: deliveries a second',
      { atLeast: 100_000 },
      counted(held.deliveriesPerSecond),
      '1/s',
    ),
    verdict(
      'Held burst: deliveries lost or doubled',
      { atMost: 0 },
      held.expected - result.deliveries + result.duplicated,
      '',
    ),
    verdict('Held burst: posts a delivery', { atMost: 0.1 }, counted(held.postsPerDelivery), ''),
    verdict(
      'Held burst: posts a delivery, times the messages of a stream batch',
      { atMost: 1.1 },
      counted(batch === undefined ? undefined : held.postsPerDelivery * batch),
      '',
    ),
    verdict(
      "Held burst: CPU a delivery, of Socket.IO's at that rate",
      { atMost: 1 },
      counted(ratio(cpuOf(held), socketIo?.median(cpuOf))),
      '×',
    ),
  ];
}

function chart(
  title: string,
  unit: string,
  systems: System[],
  bursts: Offer[],
  at: (system: System, rate: number) => Rounds<BurstRound> | undefined,
  figure: (round: BurstRound) => number,
): Chart {
  return {
    title,
    x: { name: 'messages/s offered', scale: 'log' },
    y: { name: title, unit, scale: 'log' },
    series: systems.map((system) => ({
      name: system.name,
      points: bursts.flatMap(({ rate }) => {
        const rounds = at(system, rate);
        const y = rounds?.void === undefined ? rounds?.sample(figure) : null;
        return y ? [{ x: rate, y }] : [];
      }),
    })),
  };
}
