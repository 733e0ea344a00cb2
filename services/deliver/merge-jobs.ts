import type { DeliveryJob } from '#shared/contract/job.ts';
import { newestStates } from '#shared/contract/newest-states.ts';

/** Jobs that are posted as one. */
export interface MergedJob {
  job: DeliveryJob;
  parts: DeliveryJob[];
}

/**
 * Merges the jobs of one batch that go to the same connections (room, shard and page; a requeued job goes to its own),
 * each message once, in its newest state. Under load this is what makes a post carry many messages.
 */
export function mergeJobs(jobs: DeliveryJob[]): MergedJob[] {
  const groups = Map.groupBy(jobs, ({ room, shard, from, connections }) =>
    JSON.stringify([room, shard, from, connections?.map(({ connectionId }) => connectionId)]),
  );
  return [...groups.values()].flatMap((parts) => {
    const [first] = parts;
    if (!first) return [];
    const shards = Math.max(...parts.map((part) => part.shards));
    return [
      { job: { ...first, shards, events: newestStates(parts.flatMap(({ events }) => events)) }, parts },
    ];
  });
}
