import type { Agent } from 'node:https';
import { request } from 'node:https';
import { signatureOf } from './signature.ts';

/** A body, and what it is signed with. */
export interface SignedPost {
  url: string;
  secret: string;
  /** Of the delivery: the same for each of its tries. */
  id: string;
  body: string;
}

/**
 * Posts JSON as Standard Webhooks says (standardwebhooks.com, "The webhook scheme"), and returns the status of the answer,
 * whose body is not read. Redirects are not followed: 302 is the answer.
 * @param timeoutMs how long the receiver may take to answer, from the look-up of its name on
 * @throws AddressRefused, or Node's error of what went wrong on the way
 */
export async function post(
  { url, secret, id, body }: SignedPost,
  agent: Agent,
  timeoutMs: number,
): Promise<number> {
  const timestamp = Math.floor(Date.now() / 1_000);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Fanfare-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatureOf(body, { secret, id, timestamp }),
  };
  return await new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request(url, { method: 'POST', agent, headers, signal });
    sent.on('error', reject);
    sent.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    sent.end(body);
  });
}
