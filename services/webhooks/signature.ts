import { createHmac } from 'node:crypto';

interface Signing {
  /** `whsec_` and the key in base64. */
  secret: string;
  id: string;
  /** Seconds since the epoch. */
  timestamp: number;
}

/** The header `webhook-signature`, of Standard Webhooks' version 1: HMAC-SHA256 of id, time and body. */
export function signatureOf(body: string, { secret, id, timestamp }: Signing): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
