import { type Cost, costOf } from '#ops/cost/cost-of.ts';
import type { BenchOptions } from './bench-options.ts';
import { CountedCloud } from './cost-cloud.ts';
import { onAws, splitDelivery, type Usage, usedBetween } from './cost-usage.ts';
import type { BenchSection, Row, Table } from './results.ts';
import { sampleOf, verdict } from './statistics.ts';

/** F connections in a room, and K messages that the stream's consumers find at once: one frame, as far as 32 KB hold them. */
interface Cell {
  connections: number;
  messages: number;
}

const everyCell = [10, 100, 1_000].flatMap((connections) =>
  [1, 5, 10, 100].map((messages) => ({ connections, messages })),
);

/** Dollars a million deliveries at most. */
const claims = [
  { connections: 100, messages: 5, atMost: 0.25 },
  { connections: 1_000, messages: 10, atMost: 0.12 },
];

const rounds = 3;

interface Measured {
  used: Usage[];
  void?: string;
}

/** What a million deliveries cost on AWS, by what a local cloud was seen to use. */
export async function benchCost({ quick, progress, signal }: BenchOptions): Promise<BenchSection> {
  progress.section('Cost');
  const cells = quick ? claims.map(({ connections, messages }) => ({ connections, messages })) : everyCell;
  const cloud = await CountedCloud.start([...new Set(cells.map((cell) => cell.connections))], progress);
  try {
    return sectionOf(await measure(cloud, cells, { progress, signal }));
  } finally {
    await cloud.stop();
  }
}

async function measure(
  cloud: CountedCloud,
  cells: Cell[],
  { progress, signal }: Pick<BenchOptions, 'progress' | 'signal'>,
): Promise<Map<Cell, Measured>> {
  const measured = new Map<Cell, Measured>(cells.map((cell) => [cell, { used: [] }]));
  let before = await cloud.usage();
  for (let round = 1; round <= rounds; round++) {
    for (const [cell, result] of measured) {
      signal.throwIfAborted();
      progress.step(`${cell.connections} connections, ${cell.messages} messages`, round, rounds);
      await cloud.batch(cell.connections, cell.messages);
      const after = await cloud.usage();
      const used = usedBetween(before, after);
      before = after;
      result.used.push(used);
      const fault = faultOf(cell, used);
      if (fault !== undefined) result.void = fault;
    }
  }
  return measured;
}

/** Why a batch does not count. */
function faultOf({ connections, messages }: Cell, { counters, fanout }: Usage): string | undefined {
  const expected = connections * messages;
  if (fanout.deliveries !== expected) return `${fanout.deliveries} of ${expected} deliveries`;
  const batches = counters.functions.find(({ service }) => service === 'dispatch')?.invocations;
  return batches === 1 ? undefined : `the stream gave the messages in ${batches} batches`;
}

function sectionOf(measured: Map<Cell, Measured>): BenchSection {
  const at = (connections: number, messages: number) =>
    [...measured].find(([cell]) => cell.connections === connections && cell.messages === messages)?.[1];
  return {
    id: 'cost',
    title: 'What a million deliveries cost',
    about: [
      'K messages are written to a room of F connections while nobody reads the table’s stream, so that its consumers',
      'find all K at once; as many as 32 KB hold share a frame. What the local cloud was seen to use for that (frames, invocations, queue messages, table',
      'units, events, log bytes) is priced as by `npm run ops -- cost`, at us-east-1’s list prices without the free tier.',
      'Only durations are not what was counted where that is less than AWS’s own times would make them: a post takes',
      '10 ms and 128 are under way, a table answers in 5 ms, a transaction and a queue in 10 ms, the bus in 30 ms.',
      'Not in it: open sockets ($0.25 a million connection-minutes), traces, storage, alarms and dashboards, idle polls.',
    ].join(' '),
    tables: [totals(measured), sendCosts(measured)],
    charts: [
      {
        title: 'Dollars a million deliveries',
        x: { name: 'connections in the room (F)', scale: 'log' },
        y: { name: 'a million deliveries', unit: '$', scale: 'log' },
        series: [...Map.groupBy(measured, ([{ messages }]) => messages)].map(([messages, cells]) => ({
          name: `K = ${messages}`,
          points: cells
            .filter(([, result]) => result.void === undefined)
            .map(([{ connections }, { used }]) => ({ x: connections, y: sampleOf(used.map(perMillion)) })),
        })),
      },
    ],
    verdicts: claims.flatMap(({ connections, messages, atMost }) => {
      const result = at(connections, messages);
      if (!result) return [];
      const cost = result.void === undefined ? sampleOf(result.used.map(perMillion)).median : Number.NaN;
      const claim = `A million deliveries at F = ${connections.toLocaleString('en-US')}, K = ${messages}`;
      return [verdict(claim, { atMost }, cost, '$')];
    }),
  };
}

/** The parts of a cost, by the service that asks for it. */
const parts = ['API Gateway', 'Lambda', 'SQS', 'DynamoDB', 'EventBridge', 'CloudWatch'];

function totals(measured: Map<Cell, Measured>): Table {
  return {
    title: 'Dollars a million deliveries, by who asks for them',
    columns: [
      { name: 'F × K', unit: '' },
      { name: 'all', unit: '$' },
      ...parts.map((name) => ({ name, unit: '$' })),
      { name: 'posts a delivery', unit: '' },
    ],
    rows: [...measured].map(
      ([cell, { used, ...result }]): Row => ({
        name: nameOf(cell),
        cells: [
          sampleOf(used.map(perMillion)),
          ...parts.map((part) => sampleOf(used.map((one) => perMillionOf(priced(one), part, one)))),
          sampleOf(used.map(({ fanout }) => fanout.posts / fanout.deliveries)),
        ],
        ...result,
      }),
    ),
  };
}

function sendCosts(measured: Map<Cell, Measured>): Table {
  return {
    title: 'What of it is the sends’, and what the deliveries’',
    columns: [
      { name: 'F × K', unit: '' },
      { name: 'a million sends, before any delivery', unit: '$' },
      { name: 'a million deliveries, without the sends', unit: '$' },
    ],
    rows: [...measured].map(
      ([cell, { used, ...result }]): Row => ({
        name: nameOf(cell),
        cells: [
          sampleOf(
            used.map((one) => (costOf(splitDelivery(onAws(one)).sending).dollars / one.fanout.sends) * 1e6),
          ),
          sampleOf(
            used.map(
              (one) => (costOf(splitDelivery(onAws(one)).delivering).dollars / one.fanout.deliveries) * 1e6,
            ),
          ),
        ],
        ...result,
      }),
    ),
  };
}

function nameOf({ connections, messages }: Cell): string {
  // A table must not break it.
  return `${connections.toLocaleString('en-US')}\u00A0×\u00A0${messages}`;
}

function priced(used: Usage): Cost {
  return costOf(onAws(used).counters);
}

function perMillion(used: Usage): number {
  return (priced(used).dollars / used.fanout.deliveries) * 1e6;
}

function perMillionOf({ lines }: Cost, part: string, { fanout }: Usage): number {
  const dollars = lines.filter((line) => line.part === part).reduce((sum, line) => sum + line.dollars, 0);
  return (dollars / fanout.deliveries) * 1e6;
}
