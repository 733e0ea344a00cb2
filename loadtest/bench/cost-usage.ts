import type { Counters } from '#ops/cost/cost-of.ts';
import type { Fanout } from '#ops/cost/counters.ts';

/** What was used over a time. */
export interface Usage {
  counters: Counters;
  fanout: Fanout;
}

/** What was used between two readings. */
export function usedBetween(before: Usage, after: Usage): Usage {
  return { counters: less(after.counters, before.counters), fanout: lessFanout(after.fanout, before.fanout) };
}

function less(after: Counters, before: Counters): Counters {
  return {
    deliveries: minus(after.deliveries, before.deliveries),
    webSocketMessages: minus(after.webSocketMessages, before.webSocketMessages),
    events: minus(after.events, before.events),
    functions: after.functions.map((fn) => {
      const was = before.functions.find(({ service }) => service === fn.service);
      return {
        ...fn,
        invocations: minus(fn.invocations, was?.invocations),
        durationMs: minus(fn.durationMs, was?.durationMs),
      };
    }),
    queues: after.queues.map((queue) => {
      const was = before.queues.find((each) => each.queue === queue.queue);
      return {
        ...queue,
        sent: minus(queue.sent, was?.sent),
        received: minus(queue.received, was?.received),
        deleted: minus(queue.deleted, was?.deleted),
        emptyReceives: minus(queue.emptyReceives, was?.emptyReceives),
      };
    }),
    tables: after.tables.map((table) => {
      const was = before.tables.find((each) => each.table === table.table);
      return {
        ...table,
        readUnits: minus(table.readUnits, was?.readUnits),
        writeUnits: minus(table.writeUnits, was?.writeUnits),
      };
    }),
    logs: after.logs.map((log) => {
      const was = before.logs.find(({ group }) => group === log.group);
      return { ...log, bytes: minus(log.bytes, was?.bytes) };
    }),
  };
}

function lessFanout(after: Fanout, before: Fanout): Fanout {
  return {
    sends: after.sends - before.sends,
    deliveries: after.deliveries - before.deliveries,
    frames: after.frames - before.frames,
    posts: after.posts - before.posts,
  };
}

function minus(after: number | undefined, before = 0): number | undefined {
  return after === undefined ? undefined : after - before;
}

/** Counters in two parts: what carrying to connections uses, and what writing and publishing does. */
export function splitDelivery({ counters, fanout }: Usage): { sending: Counters; delivering: Counters } {
  const { functions, queues, tables, logs, webSocketMessages = 0 } = counters;
  const isDelivering = (name: string) =>
    ['deliver', 'fanfare-deliveries', 'Connections', '/fanfare/deliver'].includes(name);
  const part = (delivering: boolean): Counters => ({
    deliveries: fanout.deliveries,
    webSocketMessages: delivering ? fanout.posts : webSocketMessages - fanout.posts,
    functions: functions.filter(({ service }) => isDelivering(service) === delivering),
    queues: queues.filter(({ queue }) => isDelivering(queue) === delivering),
    tables: tables.filter(({ table }) => isDelivering(table) === delivering),
    events: delivering ? 0 : counters.events,
    logs: logs.filter(({ group }) => isDelivering(group) === delivering),
  });
  return { sending: part(false), delivering: part(true) };
}

/** What a call takes on AWS, in milliseconds: assumed, and said in the report. */
const awsMs = { read: 5, write: 5, transaction: 10, queue: 10, bus: 30, post: 10 };
/** Posts of a worker that are under way at once. */
const postsAtOnce = 128;

/**
 * The same with the durations that AWS would charge at least: on loopback a function waits for next to nothing. Where
 * more was counted, as on a busy machine, that stays.
 */
export function onAws({ counters, fanout }: Usage): Usage {
  const invocations = counters.functions.find(({ service }) => service === 'deliver')?.invocations ?? 1;
  const waves = Math.ceil(fanout.posts / Math.max(1, invocations) / postsAtOnce);
  const leastMs: Record<string, number> = {
    'send-message': awsMs.read + awsMs.write + awsMs.transaction,
    dispatch: awsMs.queue,
    publish: awsMs.bus,
    deliver: awsMs.read + waves * awsMs.post,
  };
  const functions = counters.functions.map((fn) => ({
    ...fn,
    durationMs: Math.max(fn.durationMs ?? 0, (fn.invocations ?? 0) * (leastMs[fn.service] ?? 0)),
  }));
  return { counters: { ...counters, functions }, fanout };
}
