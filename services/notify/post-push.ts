import { createHash } from 'node:crypto';
import { type Agent, request } from 'node:https';
import webPush from 'web-push';
import type { PushedMessage } from '#shared/contract/push.ts';
import { AddressRefused } from '#shared/net/public-address.ts';
import { logger } from '#shared/observability/logger.ts';
import type { PushSubscription } from '#shared/storage/push-subscriptions.ts';
import type { KeyPair } from '#shared/storage/vapid-keys.ts';

/**
 * What became of a push. `gone`: the subscription is of no use any more, or never was. `refused`: the push service wants
 * none of it, now or later. `failed`: it may go well later.
 */
export type Outcome = 'pushed' | 'gone' | 'refused' | 'failed';

export interface Sender {
  /** Reaches public addresses only: an endpoint is whatever URL somebody gave us. */
  agent: Agent;
  vapid: KeyPair;
  /** Whom a push service can turn to about us: an https or mailto URL (RFC 8292, 2.1). */
  contact: string;
}

/** How long a push service may take, from name look-up to status: they answer within tenths of a second. */
const timeoutMs = 3_000;
/** How long a push service keeps what it cannot deliver, in seconds: yesterday's mention is no news. */
export const newsSeconds = 24 * 3600;

/** Pushes a message to one browser. Whatever goes wrong is an outcome; no error is thrown. */
export async function postPush(
  subscription: PushSubscription,
  message: PushedMessage,
  { agent, vapid, contact }: Sender,
): Promise<Outcome> {
  const { host } = new URL(subscription.endpoint);
  let details: webPush.RequestDetails;
  try {
    details = webPush.generateRequestDetails(subscription, JSON.stringify(message), {
      vapidDetails: { subject: contact, ...vapid },
      TTL: newsSeconds,
      // A phone wakes up for it: somebody asked for this person.
      urgency: 'high',
      topic: topicOf(message.room),
    });
  } catch (error) {
    logger.warn('A push subscription has no keys that one could encrypt for', { host, error });
    return 'gone';
  }
  try {
    const status = await statusOf(details, agent);
    if (status >= 200 && status < 300) return 'pushed';
    if (status === 404 || status === 410) return 'gone';
    const outcome = status === 429 || status >= 500 ? 'failed' : 'refused';
    logger.warn('A push service did not take a push', { host, status, outcome });
    return outcome;
  } catch (error) {
    if (error instanceof AddressRefused) {
      logger.warn('A push subscription leads to an address that is not public', { host });
      return 'gone';
    }
    logger.warn('A push service did not answer', { host, error });
    return 'failed';
  }
}

/** Of what waits for one browser, a push service keeps the newest of each topic: a room's. 32 characters at most (RFC 8030, 5.4). */
function topicOf(room: string): string {
  return createHash('sha256').update(room).digest('base64url').slice(0, 32);
}

/** By a request of our own, not web-push's: that has no end where a server sends its answer byte by byte, or without end. */
function statusOf({ endpoint, headers, body }: webPush.RequestDetails, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request(endpoint, { method: 'POST', headers, agent, signal });
    sent.on('error', reject);
    sent.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      // What else it says is of no interest.
      response.destroy();
    });
    sent.end(body);
  });
}
