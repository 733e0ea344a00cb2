import type { RoomEvent } from '#shared/contract/events.ts';
import type { DeliveryJob } from '#shared/contract/job.ts';

/** Jobs that are posted as one. */
export interface MergedJob {
  job: DeliveryJob;
  parts: DeliveryJob[];
}

/**
 * Merges the jobs of one batch that go to the same connections (room, shard and page; a requeued job goes to its own),
 * each event once, by seq. Under load this is what makes a post carry many messages.
 */
export function mergeJobs(jobs: DeliveryJob[]): MergedJob[] {
  const groups = Map.groupBy(jobs, ({ room, shard, from, connections }) =>
    JSON.stringify([room, shard, from, connections?.map(({ connectionId }) => connectionId)]),
  );
  return [...groups.values()].flatMap((parts) => {
    const [first] = parts;
    if (!first) return [];
    const shards = Math.max(...parts.map((part) => part.shards));
    return [{ job: { ...first, shards, events: mergeEvents(parts) }, parts }];
  });
}

function mergeEvents(parts: DeliveryJob[]): RoomEvent[] {
  const [only] = parts;
  if (only && parts.length === 1) return only.events;
  const events = new Map<string, RoomEvent>();
  for (const event of parts.flatMap((part) => part.events))
    events.set(`${event.seq}.${event.version}`, event);
  return [...events.values()].toSorted((a, b) => a.seq - b.seq || a.version - b.version);
}
