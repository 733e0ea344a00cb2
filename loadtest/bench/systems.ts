import type { Part } from './part.ts';
import type { BenchRoom, broadcaster, client, cloud, gateway, storage } from './parts/contract.ts';
import { cpuOfDescendants } from './process-tree.ts';

/** Milliseconds in which the cloud ends what it does behind a delivery: deleting the job, writing metrics. */
const settleMs = 150;

export type Clients = Part<typeof client>;

/** Messages of a run, to be sent at once. */
interface Messages {
  run: string;
  first: number;
  count: number;
}

/** Milliseconds of CPU time since the start. */
export interface CpuTime {
  /** Of the processes that deliver, together. */
  server: number;
  /** Of DynamoDB's engine, where there is one. On AWS nobody pays for its CPU. */
  engine: number | undefined;
}

/** One of what is compared, with its clients. */
export interface System {
  name: string;
  clients: Clients;
  /** Delivers to a room; resolves with the time at which it began, once the server has ended its work. */
  deliver(room: BenchRoom, messages: Messages): Promise<number>;
  cpu(): Promise<CpuTime>;
  /** How long the server may go on after the last receipt. */
  settleMs: number;
}

/** A server that sends to its own sockets. */
export function broadcasting(name: string, part: Part<typeof broadcaster>, clients: Clients): System {
  return {
    name,
    clients,
    deliver: async ({ room }, messages) => (await part.call('broadcast', { room, ...messages })).startedAt,
    cpu: async () => ({ server: await part.cpu(), engine: undefined }),
    settleMs: 0,
  };
}

/** A process that takes `poster`'s commands, be it others as well. */
interface Poster {
  call(command: 'deliver', args: BenchRoom & Messages): Promise<{ startedAt: number }>;
  cpu(): Promise<number>;
}

/** What posts to connections of the local gateway, without what comes before it in the pipeline. */
export function posting(
  name: string,
  part: Poster,
  behind: { gateway: Part<typeof gateway>; storage: Part<typeof storage>; clients: Clients },
): System {
  return {
    name,
    clients: behind.clients,
    deliver: async (room, messages) => (await part.call('deliver', { ...room, ...messages })).startedAt,
    cpu: async () => ({
      server: (await part.cpu()) + (await behind.gateway.cpu()),
      engine: cpuOfDescendants(behind.storage.pid),
    }),
    settleMs: 0,
  };
}

/** The whole cloud: what is delivered is sent by its clients, and begins when they send it. */
export function wholeCloud(
  name: string,
  part: Part<typeof cloud>,
  clients: Clients,
  senders: number,
): System {
  return {
    name,
    clients,
    deliver: async (_, { first, count }) =>
      (await clients.call('send', { first, count, rate: 1_000, senders })).startedAt,
    cpu: async () => ({ server: await part.cpu(), engine: cpuOfDescendants(part.pid) }),
    settleMs,
  };
}
