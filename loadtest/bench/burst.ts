import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchOptions } from './bench-options.ts';
import {
  type BurstRound,
  chart,
  columns,
  cpuOf,
  figures,
  heldTable,
  heldVerdicts,
  hopTable,
  latencyVerdicts,
  loneVerdicts,
  type Metrics,
  type Offer,
  p99,
} from './burst-figures.ts';
import type { BenchSection } from './results.ts';
import { interleaved, perDelivery, Rounds, startCpu, voidReason } from './rounds.ts';
import type { Stage } from './stage.ts';
import type { System } from './systems.ts';

/** What was offered is waited for so long; what has not come then was not sustained. */
const patience = { quietMs: 5_000, longestMs: 25_000 };
/** A system that is behind ends its work before the next one's turn. */
const recoveryMs = 60_000;
const metricsMs = 5_000;

/** The held burst's throughput is told by stretches. */
const slices = 5;

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
  const held = new Map<System, BurstRound>();
  if (plan.held) {
    const { rate, seconds, peerSeconds } = plan.held;
    for (const system of systems) {
      const offered = { rate, seconds: system === pipeline ? seconds : peerSeconds };
      progress.step(`${rate} messages/s for ${offered.seconds} s, ${system.name}`);
      held.set(system, await offer(stage, system, offered));
    }
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
      ...(plan.held ? [heldTable(held, plan.held)] : []),
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
      ...heldVerdicts(held.get(pipeline), held.get(socketIo)),
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
    sliceSeconds: seconds / slices,
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
