import * as z from 'zod';
import { roomEvent } from './events.ts';

/** What dispatch asks of a deliver worker: post these events to the connections of one shard of a room. */
export const deliveryJob = z.object({
  room: z.string(),
  shard: z.number().int().min(0),
  /** How many shards the events go to. */
  shards: z.number().int().positive(),
  events: z.array(roomEvent).min(1),
  /** Of a continuation: the shard's page that begins after this connection id. */
  from: z.string().optional(),
  /** Of a continuation: how many connections the pages before it had. */
  offset: z.number().int().optional(),
  /** Of a requeued job: only these connections, whose posts failed, and how often it was requeued before. */
  connections: z.array(z.object({ userId: z.string(), connectionId: z.string() })).optional(),
  requeues: z.number().int().optional(),
  /** When the job was, or is, due to be picked up: milliseconds since the epoch. The queue's sender sets it. */
  enqueuedAt: z.number().int().optional(),
});

export type DeliveryJob = z.infer<typeof deliveryJob>;
