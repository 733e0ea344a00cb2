import * as z from 'zod';
import { messageEvent } from '#shared/contract/events.ts';

/** One message that is to be posted to one webhook: each has tries of its own, whatever becomes of the others. */
const webhookJob = z.object({
  room: z.string(),
  /** The webhook's id. */
  webhook: z.string(),
  message: messageEvent,
  /** Which try it is, from 1. */
  attempt: z.number().int().positive(),
});

/** A new message of a room that has webhooks, as the bus's rule hands it on. */
const messageSent = z
  .object({ 'detail-type': z.literal('MessageSent'), detail: z.looseObject({ room: z.string() }) })
  .transform(({ detail }) => ({ room: detail.room, message: messageEvent.parse(detail) }));

export type WebhookJob = z.infer<typeof webhookJob>;
export type MessageSent = z.infer<typeof messageSent>;
export type Work = WebhookJob | MessageSent;

const work = z.union([webhookJob, messageSent]);

/** @throws SyntaxError, ZodError */
export function parseWork(body: string): Work {
  return work.parse(JSON.parse(body));
}
