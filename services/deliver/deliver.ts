import pLimit from 'p-limit';
import { type RoomEvent, tellsOfMessage } from '#shared/contract/events.ts';
import { type EncodedFrame, encodeFrames } from '#shared/contract/frame-encoding.ts';
import type { DeliveryJob } from '#shared/contract/job.ts';
import { limits } from '#shared/contract/limits.ts';
import { logger, namesOf } from '#shared/observability/logger.ts';
import { measure } from '#shared/observability/metrics.ts';
import type { ConnectionId, Connections } from '#shared/storage/connections.ts';
import type { Rooms } from '#shared/storage/rooms.ts';
import { mayNotFit } from '#shared/storage/shard-counts.ts';
import { type Failures, toError } from '../batch/process-batch.ts';
import type { SendJobs } from '../dispatch/dispatch.ts';
import { mergeJobs } from './merge-jobs.ts';
import { payloadOf } from './post.ts';
import { type Poster, type PostResults, postAll } from './post-all.ts';
import { ShardReader } from './shard-reader.ts';

/**
 * Milliseconds of an invocation in which posts are begun. The function has 15 s: the last posts' 3 s and the handing on of
 * what is left must fit behind it, or an outage of API Gateway would end in timeouts that repeat whole jobs.
 */
const postingMs = 9_000;

/**
 * How often what fails is requeued as a smaller job, waiting 1, 2, 4… seconds: long enough for a throttle to pass, short
 * enough to be chat. After that the job itself fails, so that SQS counts its receives and moves it to the DLQ.
 */
const maxRequeues = 4;

/** Connections found gone that are removed at once. A page of them must not open a thousand sockets to DynamoDB. */
const prunesAtOnce = 32;

export interface Collaborators extends Poster {
  connections: Connections;
  rooms: Rooms;
  /** Puts jobs on the deliveries queue, hidden for some seconds first; returns those that could not be sent. */
  sendJobs: (jobs: DeliveryJob[], delaySeconds?: number) => ReturnType<SendJobs>;
}

/** Carries out a batch of jobs, merged where they go to the same connections. Each merged job fails on its own. */
export async function deliverBatch(
  jobs: DeliveryJob[],
  collaborators: Collaborators,
): Promise<Failures<DeliveryJob>> {
  const failures: Failures<DeliveryJob> = new Map();
  const pickedUpAt = Date.now();
  for (const { enqueuedAt, events } of jobs) {
    for (const _ of events.filter(tellsOfMessage))
      measure('QueueDwell', pickedUpAt - (enqueuedAt ?? pickedUpAt));
  }
  await Promise.all(
    mergeJobs(jobs).map(async ({ job, parts }) => {
      try {
        await deliver(job, collaborators, pickedUpAt);
      } catch (error) {
        logger.error('A job failed', { room: job.room, shard: job.shard, ...namesOf(job.events), error });
        measure('FailedJobs', parts.length);
        for (const part of parts) failures.set(part, toError(error));
      }
    }),
  );
  return failures;
}

/**
 * Posts a job's events to its connections, removes those that are gone, and hands on those that keep failing as a
 * smaller job. The next page of a large shard is handed on as soon as this one is read, so that pages are delivered
 * in parallel.
 * @throws where posts kept failing through every requeue, or a job could not be handed on: SQS is to offer it again
 */
export async function deliver(
  { events: all, ...rest }: DeliveryJob,
  collaborators: Collaborators,
  pickedUpAt = Date.now(),
): Promise<void> {
  const events = withoutStaleTyping(all, pickedUpAt);
  if (events.length === 0) return;
  const job = { ...rest, events };
  const frames = encodeFrames(job.room, events);
  if (job.connections) return await postTo([job.connections], job, frames, collaborators, pickedUpAt);
  const reader = new ShardReader(job, collaborators.connections, (rest) =>
    sendAll(perFrame({ ...job, ...rest }, frames), collaborators.sendJobs),
  );
  await postTo(reader.parts(), job, frames, collaborators, pickedUpAt);
  if (reader.shardConnections !== undefined)
    await fitShards(job, reader.shardConnections, collaborators.rooms);
}

/** That somebody was writing is of no use once they have long stopped, or sent it: behind an outage there may be many. */
function withoutStaleTyping(events: RoomEvent[], now: number): RoomEvent[] {
  const fresh = events.filter(({ type, at }) => type !== 'typing' || now - at <= limits.typingMs);
  if (fresh.length < events.length) measure('StaleTyping', events.length - fresh.length);
  return fresh;
}

async function postTo(
  parts: Iterable<ConnectionId[]> | AsyncIterable<ConnectionId[]>,
  job: DeliveryJob,
  frames: EncodedFrame[],
  collaborators: Collaborators,
  pickedUpAt: number,
): Promise<void> {
  const payloads = frames.map(({ bytes }) => payloadOf(bytes));
  const results = await postAll(parts, payloads, collaborators, pickedUpAt + postingMs);
  if (results.delivered.length + results.gone.length + results.failed.length === 0) return;
  record(job, frames, results, pickedUpAt);
  const writes = pLimit(prunesAtOnce);
  await Promise.all([
    handOn(job, frames, results, collaborators),
    writes.map(results.gone, (connection) =>
      collaborators.connections.prune(job.room, job.shard, connection),
    ),
  ]);
}

/** Rooms grow and shrink by what the workers see of their shards; nobody else counts. */
async function fitShards(
  { room, shard, shards }: DeliveryJob,
  connections: number,
  rooms: Rooms,
): Promise<void> {
  if (!mayNotFit(shard, shards, connections)) return;
  const change = await rooms.fitShards(room, { shard, connections }, Date.now());
  if (!change) return;
  measure(change.to > change.from ? 'ShardsGrown' : 'ShardsShrunk', 1);
  logger.info('A room has another number of shards', { room, shard, connections, ...change });
}

async function handOn(
  job: DeliveryJob,
  frames: EncodedFrame[],
  results: PostResults,
  { sendJobs }: Collaborators,
): Promise<void> {
  const { failed } = results;
  const requeues = job.requeues ?? 0;
  if (failed.length === 0) return;
  if (requeues === maxRequeues) {
    measure('Undeliverable', failed.length);
    throw new Error(`The posts of ${failed.length} connections keep failing`);
  }
  const smaller = { ...job, from: undefined, offset: undefined, connections: failed, requeues: requeues + 1 };
  await sendAll(perFrame(smaller, frames), sendJobs, 2 ** requeues);
  measure('Requeued', failed.length);
}

/** A merged job is handed on in parts of a frame: merged again and again, it would outgrow a queue's message. */
function perFrame(job: DeliveryJob, frames: EncodedFrame[]): DeliveryJob[] {
  return frames.map(({ events }) => ({ ...job, events }));
}

async function sendAll(
  jobs: DeliveryJob[],
  sendJobs: Collaborators['sendJobs'],
  delaySeconds?: number,
): Promise<void> {
  const unsent = await sendJobs(jobs, delaySeconds);
  if (unsent.length > 0) throw new Error(`${unsent.length} jobs could not be handed on`);
}

function record(job: DeliveryJob, frames: EncodedFrame[], results: PostResults, pickedUpAt: number): void {
  const { delivered, gone, failed, posts, throttled, retried, lastDeliveredAt } = results;
  if (delivered.length > 0) measureLatency(job, lastDeliveredAt, pickedUpAt);
  for (const { events } of frames) measure('MessagesPerFrame', events.length);
  measure('Deliveries', delivered.length * job.events.length);
  measure('Frames', delivered.length * frames.length);
  measure('Posts', posts);
  if (gone.length > 0) measure('StalePruned', gone.length);
  if (throttled > 0) measure('Throttled', throttled);
  if (retried > 0) measure('Retried', retried);
  logger.info('Delivered', {
    room: job.room,
    shard: job.shard,
    ...namesOf(job.events),
    delivered: delivered.length,
    gone: gone.length,
    failed: failed.length,
    posts,
    milliseconds: Date.now() - pickedUpAt,
  });
}

/** Of those who got it: who is handed on has a latency of its own when the smaller job delivers. */
function measureLatency(job: DeliveryJob, lastDeliveredAt: number, pickedUpAt: number): void {
  for (const { at } of job.events.filter(tellsOfMessage)) {
    if (job.requeues) {
      measure('RequeuedLatency', lastDeliveredAt - at);
    } else {
      measure('PostDuration', lastDeliveredAt - pickedUpAt);
      measure('DeliveryLatency', lastDeliveredAt - at);
    }
  }
}
