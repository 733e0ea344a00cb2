import type { BenchOptions } from './bench-options.ts';
import type { BenchSection, Chart } from './results.ts';
import { deliverRound, interleaved, type Round, Rounds, ratio } from './rounds.ts';
import type { Stage } from './stage.ts';
import { verdict } from './statistics.ts';
import type { System } from './systems.ts';

/** Deliveries of a round, the same at every size but the largest ones. */
const roundDeliveries = 3_000;
const mostRepeats = 10;

/** What a delivery costs as a room grows. The rounds of all sizes alternate. */
export async function benchGrowth({ progress }: BenchOptions, stage: Stage): Promise<BenchSection> {
  progress.section('Growth');
  const { plan, worker, pipeline } = stage;
  const entries = [worker, pipeline].flatMap((system) =>
    plan.sizes.map((size) => ({ system, size, rounds: new Rounds<Round>() })),
  );
  await interleaved(plan.rounds, entries, async ({ system, size, rounds }, round) => {
    progress.step(`${size} connections, ${system.name}`, round, plan.rounds);
    const repeats = Math.min(mostRepeats, Math.ceil(roundDeliveries / size));
    rounds.add(await deliverRound(system, stage.roomOf(size), { repeats }));
  });

  const of = (system: System) => entries.filter((entry) => entry.system === system);
  const cpuAt = (system: System, size: number) =>
    of(system)
      .find((entry) => entry.size === size)
      ?.rounds.median(cpuOf);
  const slope = (system: System) => ratio(cpuAt(system, 10_000), cpuAt(system, 1_000));
  const chart = (title: string, unit: string, figure: (round: Round) => number): Chart => ({
    title,
    x: { name: 'connections', scale: 'log' },
    y: { name: title, unit, scale: 'log' },
    series: [worker, pipeline].map((system) => ({
      name: system.name,
      points: of(system).flatMap(({ size, rounds }) => {
        const y = rounds.void === undefined ? rounds.sample(figure) : null;
        return y ? [{ x: size, y }] : [];
      }),
    })),
  });
  return {
    id: 'growth',
    title: 'Growth of a room',
    about:
      'One message at a time to rooms of different sizes. The CPU time is that of the whole: worker and gateway, or the local cloud, with the DynamoDB engine of each. What there is to do for a delivery should not depend on how many others there are; that it takes longer until the last one has it is two cores sharing the work.',
    tables: [worker, pipeline].map((system) => ({
      title: system.name,
      columns: [
        { name: 'connections', unit: '' },
        { name: 'CPU a delivery', unit: 'µs' },
        { name: 'time to last', unit: 'ms' },
      ],
      rows: of(system).map(({ size, rounds }) =>
        rounds.row(size.toLocaleString('en-US'), [cpuOf, ({ lastMs }) => lastMs]),
      ),
    })),
    charts: [
      chart('CPU a delivery', 'µs', cpuOf),
      chart('Time to last delivery', 'ms', ({ lastMs }) => lastMs),
    ],
    verdicts: plan.sizes.includes(10_000)
      ? [worker, pipeline].map((system) =>
          verdict(
            `${system.name}: CPU a delivery at 10,000 connections, in that at 1,000`,
            { atMost: 1.1 },
            slope(system),
            '×',
          ),
        )
      : [],
  };
}

function cpuOf({ serverUs, engineUs = 0 }: Round): number {
  return serverUs + engineUs;
}
