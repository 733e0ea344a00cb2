import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRoom, ClientResult } from './parts/contract.ts';
import type { Row, Sample } from './results.ts';
import { medianOf, sampleOf } from './statistics.ts';
import type { CpuTime, System } from './systems.ts';

/** How long nothing may come until the rest counts as lost. */
const patience = { quietMs: 5_000, longestMs: 30_000 };

/** What one round of one system came to. */
export interface Round {
  /** Milliseconds from the beginning of a delivery to its last receipt: the median of the round's. */
  lastMs: number;
  /** Microseconds of CPU time for each delivery. */
  serverUs: number;
  engineUs: number | undefined;
  clientUs: number;
  /** Why it does not count. */
  void: string | undefined;
}

/**
 * Delivers `repeats` times `burst` messages that are sent at once to a room, each when the one before has come to
 * everybody.
 */
export async function deliverRound(
  system: System,
  room: BenchRoom,
  { repeats, burst = 1 }: { repeats: number; burst?: number },
): Promise<Round> {
  const { clients } = system;
  const { run } = await clients.call('begin', { ...room, messages: repeats * burst });
  const used = await startCpu(system);
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const deliveries = (repeat + 1) * burst * room.size;
    const [startedAt, { lastReceiptAt }] = await Promise.all([
      system.deliver(room, { run, first: repeat * burst, count: burst }),
      clients.call('drain', { deliveries, ...patience }),
    ]);
    times.push(lastReceiptAt - startedAt);
  }
  const cpu = await used();
  const expected = repeats * burst * room.size;
  const result = await clients.call('result', { slices: 0, sliceMs: 1 });
  return { lastMs: medianOf(times), ...perDelivery(cpu, expected), void: voidReason(expected, result) };
}

export interface UsedCpu extends CpuTime {
  client: number;
}

/** Begins to count CPU time; the function that it returns waits until the server rests, and ends it. */
export async function startCpu(system: System): Promise<() => Promise<UsedCpu>> {
  const read = async () => ({ ...(await system.cpu()), client: await system.clients.cpu() });
  const before = await read();
  return async () => {
    await sleep(system.settleMs);
    const after = await read();
    return {
      server: after.server - before.server,
      engine:
        after.engine === undefined || before.engine === undefined ? undefined : after.engine - before.engine,
      client: after.client - before.client,
    };
  };
}

export function perDelivery({ server, engine, client }: UsedCpu, deliveries: number) {
  const each = (milliseconds: number) => (milliseconds * 1000) / Math.max(1, deliveries);
  return {
    serverUs: each(server),
    engineUs: engine === undefined ? undefined : each(engine),
    clientUs: each(client),
  };
}

/** Anything but each message once at each connection makes a round void. Undefined where all is well. */
export function voidReason(
  expected: number,
  { deliveries, duplicated, problems }: Pick<ClientResult, 'deliveries' | 'duplicated' | 'problems'>,
): string | undefined {
  const reasons = [
    ...(deliveries === expected ? [] : [`${deliveries} of ${expected} deliveries came`]),
    ...(duplicated === 0 ? [] : [`${duplicated} came twice`]),
    ...problems,
  ];
  return reasons.length > 0 ? reasons.join('; ') : undefined;
}

/** The rounds of one row. */
export class Rounds<R extends { void: string | undefined }> {
  readonly #rounds: R[] = [];

  add(round: R): void {
    this.#rounds.push(round);
  }

  get all(): readonly R[] {
    return this.#rounds;
  }

  /** Why the row does not count, by its first void round. */
  get void(): string | undefined {
    return this.#rounds.find((round) => round.void !== undefined)?.void;
  }

  /** Null where the rounds have no such figure. */
  sample(figure: (round: R) => number | undefined): Sample | null {
    const values = this.#rounds.flatMap((round) => {
      const value = figure(round);
      return value === undefined || Number.isNaN(value) ? [] : [value];
    });
    return values.length > 0 ? sampleOf(values) : null;
  }

  /** The median, for a verdict: undefined of a void row. */
  median(figure: (round: R) => number | undefined): number | undefined {
    return this.void === undefined ? this.sample(figure)?.median : undefined;
  }

  row(name: string, figures: ((round: R) => number | undefined)[]): Row {
    const reason = this.void;
    return { name, cells: figures.map((figure) => this.sample(figure)), ...(reason && { void: reason }) };
  }
}

/** A after B after A after B…: what else the machine does falls on all alike. */
export async function interleaved<Entry>(
  rounds: number,
  entries: readonly Entry[],
  act: (entry: Entry, round: number) => Promise<void>,
): Promise<void> {
  for (let round = 1; round <= rounds; round++) for (const entry of entries) await act(entry, round);
}

/** Undefined unless both are there. */
export function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b;
}

/** Deliveries of one system until it has been through `deliveries` of them: compilers are done, sockets open. */
export async function warmUp(system: System, room: BenchRoom, deliveries: number): Promise<void> {
  await deliverRound(system, room, { repeats: Math.ceil(deliveries / room.size) });
}
