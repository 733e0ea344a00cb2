import { encodeFrames } from '#shared/contract/frame-encoding.ts';
import type { DeliveryJob } from '#shared/contract/job.ts';
import { newestStates } from '#shared/contract/newest-states.ts';
import type { Failures } from '../batch/process-batch.ts';
import type { Change } from '../changes/changes.ts';

/** Sends jobs; returns those that could not be sent. */
export type SendJobs = (jobs: DeliveryJob[]) => Promise<DeliveryJob[]>;

/**
 * Turns a stream batch, the changes of each of its records, into delivery jobs: all of a room's changes in the batch
 * share one job a shard (and frame of 32 KB). Whatever piled up since the last poll leaves together, and a lone message
 * leaves at once. It reads nothing: the shard count came with the rows.
 * @returns the records that tell of a room for which a job could not be sent; the stream offers them again
 */
export async function dispatch(records: Change[][], sendJobs: SendJobs): Promise<Failures<Change[]>> {
  const told = records.flat().filter(({ onlyBus }) => !onlyBus);
  const rooms = Map.groupBy(told, ({ room }) => room);
  const jobs = [...rooms].flatMap(([room, changes]) => jobsOf(room, changes));
  const unsent = new Set((await sendJobs(jobs)).map(({ room }) => room));
  return new Map(
    records.flatMap((changes): [Change[], Error][] => {
      const failed = changes.find(({ room }) => unsent.has(room));
      return failed ? [[changes, new Error(`A job of ${failed.room} could not be sent`)]] : [];
    }),
  );
}

function jobsOf(room: string, changes: Change[]): DeliveryJob[] {
  // While a room grows, one batch may hold changes of the old count and the new: the larger covers both.
  const shards = Math.max(...changes.map((change) => change.shards));
  const events = newestStates(changes.map(({ event }) => event));
  return encodeFrames(room, events).flatMap((frame) =>
    Array.from({ length: shards }, (_, shard) => ({ room, shard, shards, events: frame.events })),
  );
}
