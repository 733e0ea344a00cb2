import { mostSlots } from '../../services/deliver/slots.ts';
import type { BenchOptions } from './bench-options.ts';
import type { BenchSection, Chart, Sample, Table, Verdict } from './results.ts';
import { deliverRound, interleaved, type Round, Rounds, ratio } from './rounds.ts';
import type { Stage } from './stage.ts';
import { verdict } from './statistics.ts';
import type { System } from './systems.ts';

/** Connections to which posts one by one are not made: at 10,000 a round would take five seconds, and says nothing new. */
const mostOneByOne = 1_000;

/** Deliveries of a round, about: a small room's is measured several times, since its CPU time is short. */
const roundDeliveries = 2_000;
const mostRepeats = 10;

const burst = 10;
const slowPostMs = 10;
const lonePosts = 30;

const bySystem = { name: 'system', unit: '' };
const columns = [
  bySystem,
  { name: 'time to last', unit: 'ms' },
  { name: 'server CPU a delivery', unit: 'µs' },
  { name: "DynamoDB engine's CPU a delivery", unit: 'µs' },
  { name: 'client CPU a delivery', unit: 'µs' },
];
const figures = [
  ({ lastMs }: Round) => lastMs,
  ({ serverUs }: Round) => serverUs,
  ({ engineUs }: Round) => engineUs,
  ({ clientUs }: Round) => clientUs,
];

/** Rounds by system and size. */
type Measured = Map<System, Map<number, Rounds<Round>>>;

/** One message to a room: how long until the last member has it, and what that costs. */
export async function benchLast(options: BenchOptions, stage: Stage): Promise<BenchSection> {
  const { progress } = options;
  progress.section('Time to last');
  const { plan, rawWs, socketIo, parallel, sequential, worker, pipeline } = stage;
  const systems = [rawWs, socketIo, parallel, sequential, worker, pipeline];

  const measured: Measured = new Map(systems.map((system) => [system, new Map()]));
  for (const size of plan.lastSizes) {
    const able = systems.filter((system) => system !== sequential || size <= mostOneByOne);
    for (const system of able) measured.get(system)?.set(size, new Rounds());
    const repeats = Math.min(mostRepeats, Math.ceil(roundDeliveries / size));
    await interleaved(plan.rounds, able, async (system, round) => {
      progress.step(`${size} connections, ${system.name}`, round, plan.rounds);
      measured
        .get(system)
        ?.get(size)
        ?.add(await deliverRound(system, stage.roomOf(size), { repeats }));
    });
  }
  const slow = await slowPosts(options, stage);
  const bursts = await messageBursts(options, stage);
  return {
    id: 'last',
    title: 'Time to last delivery',
    about: [
      'One message goes to a room of so many connections; measured are the milliseconds until the last of them has it, and the CPU time of the processes, by the kernel, for each delivery. Every system sends the same JSON.',
      'raw ws: one frame is made, and its bytes are written to each socket: the bound for one Node process. Socket.IO: an emit to a room, over WebSocket alone.',
      "Three post to the same local gateway, in a process of its own, whose CPU is part of theirs: the sample peers' design (scan of the connections table, PostToConnection by the SDK; all at once, or one by one), and Fanfare's deliver function, whose 1,000-connection shards are in the same DynamoDB engine.",
      'The clock of all these begins with the call that delivers; that of the whole pipeline when a client sends the message. The quotas of API Gateway are lifted: the machine is what bounds. Rounds of the systems alternate.',
    ].join(' '),
    tables: [...plan.lastSizes.map((size) => sizeTable(measured, size)), bursts.table, slow.table],
    charts: [
      chart(measured, 'Time to last delivery', 'ms', ({ lastMs }) => lastMs),
      chart(measured, 'Server CPU a delivery', 'µs', ({ serverUs }) => serverUs),
    ],
    verdicts: [
      ...plan.lastSizes.filter((size) => size >= 1_000).flatMap((size) => verdictsAt(stage, measured, size)),
      bursts.verdict,
      slow.verdict,
    ],
  };
}

function sizeTable(measured: Measured, size: number): Table {
  return {
    title: `${size.toLocaleString('en-US')} connections, one message`,
    columns,
    rows: [...measured].flatMap(([{ name }, sizes]) => {
      const rounds = sizes.get(size);
      return rounds ? [rounds.row(name, figures)] : [];
    }),
  };
}

function chart(measured: Measured, title: string, unit: string, figure: (round: Round) => number): Chart {
  return {
    title,
    x: { name: 'connections', scale: 'log' },
    y: { name: title, unit, scale: 'log' },
    series: [...measured].map(([{ name }, sizes]) => ({
      name,
      points: [...sizes].flatMap(([x, rounds]) => {
        const y: Sample | null = rounds.void === undefined ? rounds.sample(figure) : null;
        return y ? [{ x, y }] : [];
      }),
    })),
  };
}

function verdictsAt(
  { rawWs, socketIo, parallel, worker }: Stage,
  measured: Measured,
  size: number,
): Verdict[] {
  const median = (system: System, figure: (round: Round) => number) =>
    measured.get(system)?.get(size)?.median(figure);
  const lastMs = (system: System) => median(system, (round) => round.lastMs);
  const serverUs = (system: System) => median(system, (round) => round.serverUs);
  const at = `${size.toLocaleString('en-US')} connections`;
  return [
    verdict(
      `${at}: worker's and gateway's CPU a delivery, in raw ws broadcasts`,
      { atMost: 2.5 },
      ratio(serverUs(worker), serverUs(rawWs)),
      '×',
    ),
    verdict(
      `${at}: time to last of the delivery stage, in Socket.IO's`,
      { atMost: 2.5 },
      ratio(lastMs(worker), lastMs(socketIo)),
      '×',
    ),
    verdict(
      `${at}: how much faster than scan + Promise.all`,
      { atLeast: 10 },
      ratio(lastMs(parallel), lastMs(worker)),
      '×',
    ),
  ];
}

/** Ten messages at once: the worker's go out in one frame; raw ws, which coalesces nothing, writes each on its own. */
async function messageBursts({ progress }: BenchOptions, { plan, rawWs, worker, roomOf }: Stage) {
  const room = roomOf(plan.middleSize);
  const rounds = new Map([rawWs, worker].map((system) => [system, new Rounds<Round>()]));
  await interleaved(plan.rounds, [...rounds], async ([system, kept], round) => {
    progress.step(`bursts of ${burst}, ${system.name}`, round, plan.rounds);
    kept.add(await deliverRound(system, room, { repeats: 2, burst }));
  });
  const serverUs = (system: System) => rounds.get(system)?.median((round) => round.serverUs);
  return {
    table: {
      title: `${room.size.toLocaleString('en-US')} connections, ${burst} messages at once`,
      columns,
      rows: [...rounds].map(([{ name }, kept]) => kept.row(name, figures)),
    },
    verdict: verdict(
      `Bursts of ${burst}: worker's and gateway's CPU a delivery, in raw ws broadcasts`,
      { atMost: 0.25 },
      ratio(serverUs(worker), serverUs(rawWs)),
      '×',
    ),
  };
}

/** Posts that take as long as on AWS, where it is their number under way that decides. */
async function slowPosts({ progress }: BenchOptions, stage: Stage) {
  const { plan, parallel, sequential, worker, workerPart, gateway, anyConnection } = stage;
  const room = stage.roomOf(plan.middleSize);
  const systems = [...(plan.slowOneByOne ? [sequential] : []), parallel, worker];
  const rounds = new Map(systems.map((system) => [system, new Rounds<Round>()]));
  const ideal = new Rounds<Ideal>();
  await gateway.call('delay', { milliseconds: slowPostMs });
  await interleaved(plan.rounds, [...rounds], async ([system, kept], round) => {
    // Nothing that could vary: one round is enough.
    if (system === sequential && round > 1) return;
    progress.step(`posts of ${slowPostMs} ms, ${system.name}`, round, plan.rounds);
    kept.add(await deliverRound(system, room, { repeats: 1 }));
    if (system !== worker) return;
    const alone = { connection: anyConnection, count: lonePosts };
    const rttMs = (await workerPart.call('postAlone', alone)).milliseconds / lonePosts;
    ideal.add({ rttMs, lastMs: (room.size * rttMs) / mostSlots, void: undefined });
  });
  await gateway.call('delay', { milliseconds: 0 });
  const lastMs = (round: { lastMs: number }) => round.lastMs;
  return {
    table: {
      title: `${room.size.toLocaleString('en-US')} connections, posts that take ${slowPostMs} ms`,
      columns: [bySystem, { name: 'time to last', unit: 'ms' }],
      rows: [
        ...[...rounds].map(([{ name }, kept]) => kept.row(name, [lastMs])),
        ideal.row(`N·RTT/concurrency, the concurrency being ${mostSlots}`, [lastMs]),
        ideal.row('RTT: a post of the worker, alone', [({ rttMs }) => rttMs]),
      ],
    },
    verdict: verdict(
      `Posts of ${slowPostMs} ms: time to last, in N·RTT/concurrency`,
      { atMost: 1.3 },
      ratio(rounds.get(worker)?.median(lastMs), ideal.median(lastMs)),
      '×',
    ),
  };
}

interface Ideal {
  rttMs: number;
  lastMs: number;
  void: undefined;
}
