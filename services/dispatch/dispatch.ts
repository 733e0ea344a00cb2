import { encodeFrames } from '#shared/contract/frame-encoding.ts';
import type { DeliveryJob } from '#shared/contract/job.ts';
import { type Message, toEvent } from '#shared/storage/messages.ts';
import type { Failures } from '../batch/process-batch.ts';

/** Sends jobs; returns those that could not be sent. */
export type SendJobs = (jobs: DeliveryJob[]) => Promise<DeliveryJob[]>;

/**
 * Turns a stream batch into delivery jobs: all of a room's messages in the batch share one job a shard (and frame of
 * 32 KB). Whatever piled up since the last poll leaves together, and a lone message leaves at once. It reads nothing:
 * the shard count came with the messages.
 * @returns the messages of the rooms for which a job could not be sent; the stream offers them again
 */
export async function dispatch(messages: Message[], sendJobs: SendJobs): Promise<Failures<Message>> {
  const rooms = Map.groupBy(messages, ({ roomId }) => roomId);
  const jobs = [...rooms].flatMap(([room, log]) => jobsOf(room, log));
  const unsent = new Set((await sendJobs(jobs)).map(({ room }) => room));
  return new Map(
    messages
      .filter(({ roomId }) => unsent.has(roomId))
      .map((message) => [message, new Error(`A job of ${message.roomId} could not be sent`)]),
  );
}

function jobsOf(room: string, log: Message[]): DeliveryJob[] {
  // While a room grows, one batch may hold messages of the old count and the new: the larger covers both.
  const shards = Math.max(...log.map((message) => message.shards));
  const events = log.map(toEvent).toSorted((a, b) => a.seq - b.seq);
  return encodeFrames(room, events).flatMap((frame) =>
    Array.from({ length: shards }, (_, shard) => ({ room, shard, shards, events: frame.events })),
  );
}
