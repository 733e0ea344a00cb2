import type { metrics } from '#shared/observability/metrics.ts';
import type { ClientResult, StageMetric } from './parts/contract.ts';
import type { Plan } from './plan.ts';
import type { Chart, Table, Verdict } from './results.ts';
import { type Rounds, ratio } from './rounds.ts';
import { sampleOf, verdict } from './statistics.ts';
import type { System } from './systems.ts';

type StageName = keyof typeof metrics;
export type Metrics = Partial<Record<string, StageMetric>>;

export interface BurstRound {
  /** Deliveries that were to be. */
  expected: number;
  result: ClientResult;
  /** The stretches of its timeline. */
  sliceSeconds: number;
  deliveriesPerSecond: number;
  postsPerDelivery: number;
  serverUs: number;
  engineUs: number | undefined;
  clientUs: number;
  /** Of Fanfare's pipeline. */
  metrics: Metrics;
  void: string | undefined;
}

export interface Offer {
  rate: number;
  seconds: number;
}

export const columns = [
  { name: 'system', unit: '' },
  { name: 'deliveries', unit: '1/s' },
  { name: 'posts a delivery', unit: '' },
  { name: 'send to receipt, p50', unit: 'ms' },
  { name: 'send to receipt, p99', unit: 'ms' },
  { name: 'CPU a delivery, all servers', unit: 'µs' },
  { name: 'client CPU a delivery', unit: 'µs' },
  { name: 'out of order', unit: '' },
];
export const figures = [
  ({ deliveriesPerSecond }: BurstRound) => deliveriesPerSecond,
  ({ postsPerDelivery }: BurstRound) => postsPerDelivery,
  ({ result }: BurstRound) => result.sendToReceipt.p50,
  p99,
  cpuOf,
  ({ clientUs }: BurstRound) => clientUs,
  ({ result }: BurstRound) => result.outOfOrder,
];

export function cpuOf({ serverUs, engineUs = 0 }: BurstRound): number {
  return serverUs + engineUs;
}

export function p99({ result }: BurstRound): number {
  return result.sendToReceipt.p99;
}

/** Where the pipeline's time goes: what functions measure of each message, between what its clients see. */
const hops: { name: string; stage: StageName }[] = [
  { name: 'frame received → written', stage: 'IngressLatency' },
  { name: 'written → dispatched', stage: 'StreamLag' },
  { name: 'dispatched → picked up by a worker', stage: 'QueueDwell' },
  { name: 'picked up → last connection answered', stage: 'PostDuration' },
];

export function hopTable(rate: number, rounds: Rounds<BurstRound> | undefined): Table[] {
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

export function heldTable(
  held: Map<System, BurstRound>,
  { rate, seconds, peerSeconds }: NonNullable<Plan['held']>,
): Table {
  return {
    title: `${rate} messages/s held, for ${seconds} s by Fanfare and ${peerSeconds} s by the others; deliveries by fifths of that time`,
    columns,
    rows: [...held].map(([{ name }, round]) => ({
      name,
      cells: [
        sampleOf(round.result.timeline.map((deliveries) => deliveries / round.sliceSeconds)),
        ...figures.slice(1).map((figure) => figure(round)),
      ],
      ...(round.void && { void: round.void }),
    })),
  };
}

export function loneVerdicts(alone: Rounds<BurstRound> | undefined): Verdict[] {
  if (!alone) return [];
  const posts = alone.void === undefined ? alone.sample(({ postsPerDelivery }) => postsPerDelivery) : null;
  return [verdict('Lone messages: posts a delivered message', { atMost: 1 }, posts?.high, '')];
}

export function latencyVerdicts(
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

export function heldVerdicts(held: BurstRound | undefined, socketIo: BurstRound | undefined): Verdict[] {
  if (!held) return [];
  const { metrics, result } = held;
  const batch = ratio(metrics.Sends?.sum, metrics.Jobs?.sum);
  const counted = (value: number | undefined) => (held.void === undefined ? value : undefined);
  const socketIoUs = socketIo && socketIo.void === undefined ? cpuOf(socketIo) : undefined;
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
      counted(ratio(cpuOf(held), socketIoUs)),
      '×',
    ),
  ];
}

export function chart(
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
