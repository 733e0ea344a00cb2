import { createHash } from 'node:crypto';
import type * as z from 'zod';
import type { webhookPayload } from '#shared/contract/http.ts';
import { AddressRefused } from '#shared/net/public-address.ts';
import { logger } from '#shared/observability/logger.ts';
import { measure } from '#shared/observability/metrics.ts';
import type { Messages } from '#shared/storage/messages.ts';
import type { Webhook, Webhooks } from '#shared/storage/webhooks.ts';
import { toError } from '../batch/process-batch.ts';
import type { WebhookJob } from './jobs.ts';
import type { SignedPost } from './post.ts';

interface Collaborators {
  webhooks: Webhooks;
  messages: Messages;
  /** The status of the answer. */
  post: (signed: SignedPost) => Promise<number>;
  sendJobs: (jobs: WebhookJob[], delaySeconds: number) => Promise<void>;
}

/**
 * Seconds after which a failed post is tried again, each with up to a quarter more, by chance: within half an hour in
 * all. A receiver that restarts misses nothing, and SQS hides a message for 15 minutes at most.
 */
const retrySeconds = [2, 15, 120, 600, 720];

/** What became of a post: taken; tried again later; given up; or never wanted again. */
type Outcome = 'taken' | 'again' | 'given up' | 'gone';

/** Posts a message to one webhook, if that is still wanted, and says in its row how that went. */
export async function postMessage(job: WebhookJob, collaborators: Collaborators): Promise<void> {
  const { room, webhook: id, message, attempt } = job;
  const [webhook, now] = await Promise.all([
    collaborators.webhooks.read(room, id),
    collaborators.messages.read(room, message.seq),
  ]);
  if (!webhook || webhook.disabledAt !== undefined) return;
  // Whoever deleted it does not want it told half an hour later.
  if (now?.deletedAt !== undefined) return;

  const started = Date.now();
  const { outcome, reason } = await attemptToPost(webhook, job, collaborators);
  await account(outcome, webhook, job, collaborators);
  const milliseconds = Date.now() - started;
  logger.info('Posted', { room, seqs: [message.seq], webhook: id, attempt, outcome, reason, milliseconds });
}

async function attemptToPost(
  webhook: Webhook,
  job: WebhookJob,
  { post }: Collaborators,
): Promise<{ outcome: Outcome; reason: string }> {
  const again = job.attempt <= retrySeconds.length ? 'again' : 'given up';
  const { url, secret } = webhook;
  const payload = payloadOf(job);
  try {
    const status = await post({ url, secret, id: payload.data.delivery, body: JSON.stringify(payload) });
    const taken = status >= 200 && status < 300;
    return { outcome: taken ? 'taken' : status === 410 ? 'gone' : again, reason: String(status) };
  } catch (error) {
    // Where the name leads will be no other place in a moment.
    const outcome = error instanceof AddressRefused ? 'given up' : again;
    return { outcome, reason: toError(error).message };
  }
}

async function account(
  outcome: Outcome,
  webhook: Webhook,
  job: WebhookJob,
  { webhooks, sendJobs }: Collaborators,
): Promise<void> {
  const { roomId, id } = webhook;
  switch (outcome) {
    case 'taken':
      measure('WebhookPosts', 1);
      return await webhooks.succeeded(webhook);
    case 'again':
      measure('WebhookRetries', 1);
      return await sendJobs([{ ...job, attempt: job.attempt + 1 }], delayBefore(job.attempt + 1));
    case 'given up':
      measure('WebhookFailures', 1);
      if (await webhooks.failed(roomId, id, Date.now())) measure('WebhooksDisabled', 1);
      return;
    case 'gone':
      measure('WebhookFailures', 1);
      if (await webhooks.disable(roomId, id, Date.now())) measure('WebhooksDisabled', 1);
  }
}

/** Whole seconds, as SQS counts. */
function delayBefore(attempt: number): number {
  const seconds = retrySeconds[attempt - 2] ?? 0;
  return Math.round(seconds * (1 + Math.random() / 4));
}

function payloadOf({ room, webhook, message }: WebhookJob): z.infer<typeof webhookPayload> {
  // Of what is posted where, so that a job that was made twice is the same delivery.
  const hash = createHash('sha256').update(JSON.stringify([room, message.seq, webhook]));
  const delivery = `msg_${hash.digest('base64url').slice(0, 32)}`;
  const timestamp = new Date(message.at).toISOString();
  return { type: 'message.sent', timestamp, data: { delivery, webhook, room, message } };
}
