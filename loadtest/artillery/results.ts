import type { BenchSection, Chart, Sample, Table, Verdict } from '../bench/results.ts';
import type { Metrics, Outcome } from './artillery.ts';
import type { Finding } from './claims.ts';
import { type Plan, phaseNames } from './plan.ts';

/** Artillery adds its figures up by this time. */
const periodSeconds = 10;

const latencies = {
  'From send to push': 'fanfare.push_ms',
  'From send to acknowledgement': 'fanfare.ack_ms',
  'From the first try to a new socket': 'fanfare.reconnect_ms',
  'From the new socket to everything missed': 'fanfare.resume_ms',
};

const counts = {
  sent: 'Messages sent',
  acknowledged: 'acknowledged',
  resent: 'Frames sent again',
  received: 'Messages received, by everybody together, pushed',
  resumed: 'and on coming back',
  copies: 'Copies at the wire, which clients drop',
  late: 'After a later one at the wire, which clients put in order',
  dropped: 'Sockets lost outside of the storm',
  reconnected: 'Times that somebody came back',
  held_back: 'Times that somebody waited for an answer instead of speaking',
};

/** A run in the shape of the benchmark's results, for the same tables and charts. */
export function toSections(
  plan: Plan,
  { aggregate, intermediate }: Outcome,
  found: Finding[],
): BenchSection[] {
  const about = `${plan.users} people in ${plan.rooms} rooms, three each by a Zipf law, for ${plan.seconds} s: ${phaseNames
    .map((name) => `${name === 'storm' ? 'reconnect storm' : name} ${plan.lasts[name]} s`)
    .join(', ')}. ${plan.rate} messages/s of all together, ${plan.rate * plan.burst} in the burst.`;
  return [
    {
      id: 'promises',
      title: 'What was promised',
      about: `${about} Every message that somebody was sent is held against those that were acknowledged; times are by the one clock of all people.`,
      tables: [countTable(aggregate)],
      charts: [],
      verdicts: found.map(toVerdict),
    },
    {
      id: 'latency',
      title: 'How long it took',
      about: `Percentiles of each phase and of every ${periodSeconds} s.`,
      tables: [latencyTable(aggregate)],
      charts: [
        timeline('From send to push', 'ms', intermediate, {
          p50: ({ summaries }) => summaries['fanfare.push_ms']?.p50,
          p99: ({ summaries }) => summaries['fanfare.push_ms']?.p99,
        }),
        timeline('From send to acknowledgement', 'ms', intermediate, {
          p50: ({ summaries }) => summaries['fanfare.ack_ms']?.p50,
          p99: ({ summaries }) => summaries['fanfare.ack_ms']?.p99,
        }),
      ],
      verdicts: [],
    },
    {
      id: 'load',
      title: 'What it was put under',
      about: `By every ${periodSeconds} s.`,
      tables: [],
      charts: [
        timeline('Messages', '1/s', intermediate, {
          sent: perSecond('fanfare.sent'),
          acknowledged: perSecond('fanfare.acknowledged'),
        }),
        timeline('Deliveries', '1/s', intermediate, {
          pushed: perSecond('fanfare.received'),
          'on coming back': perSecond('fanfare.resumed'),
        }),
      ],
      verdicts: [],
    },
  ];
}

function toVerdict({ claim, bound, measured, unit, holds }: Finding): Verdict {
  return { claim, bound: { atMost: bound }, measured, unit, holds };
}

function countTable({ counters }: Metrics): Table {
  const errors = Object.entries(counters).filter(
    ([name]) => name.startsWith('fanfare.error.') || name.startsWith('errors.'),
  );
  return {
    title: 'Counted',
    columns: [
      { name: '', unit: '' },
      { name: 'in all', unit: '' },
    ],
    rows: [
      ...Object.entries(counts).map(([name, title]) => ({
        name: title,
        cells: [counters[`fanfare.${name}`] ?? 0],
      })),
      ...errors.map(([name, count]) => ({
        name: `Error: ${name.replace(/^(fanfare\.error|errors)\./, '')}`,
        cells: [count],
      })),
    ],
  };
}

function latencyTable({ summaries }: Metrics): Table {
  const row = (name: string, metric: string) => {
    const found = summaries[metric];
    return { name, cells: found ? [found.count, found.p50, found.p99, found.max] : [0, null, null, null] };
  };
  return {
    title: 'Latency',
    columns: [
      { name: '', unit: '' },
      { name: 'times', unit: '' },
      { name: 'p50', unit: 'ms' },
      { name: 'p99', unit: 'ms' },
      { name: 'max', unit: 'ms' },
    ],
    rows: [
      ...Object.entries(latencies).map(([name, metric]) => row(name, metric)),
      ...phaseNames.map((phase) => row(`From send to push: ${phase}`, `fanfare.push_ms_${phase}`)),
    ],
  };
}

/** A chart over the run's time; periods without a figure are left out. */
function timeline(
  title: string,
  unit: string,
  periods: Outcome['intermediate'],
  series: Record<string, (metrics: Metrics) => number | undefined>,
): Chart {
  const startedAt = Math.min(...periods.map(({ period }) => period));
  return {
    title,
    x: { name: 'seconds', scale: 'linear' },
    y: { name: title, unit, scale: 'linear' },
    series: Object.entries(series).map(([name, read]) => ({
      name,
      points: periods.flatMap((metrics) => {
        const y = read(metrics);
        return y === undefined ? [] : [{ x: (metrics.period - startedAt) / 1_000, y: single(y) }];
      }),
    })),
  };
}

function perSecond(counter: string): (metrics: Metrics) => number {
  return ({ counters }) => (counters[counter] ?? 0) / periodSeconds;
}

function single(value: number): Sample {
  return { median: value, low: value, high: value };
}
