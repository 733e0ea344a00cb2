import { limits } from '#shared/contract/limits.ts';

/** A token bucket: how many sends were left at a time (ms since the epoch). */
export interface Bucket {
  tokens: number;
  refilledAt: number;
}

export const fullBucket: Bucket = { tokens: limits.sendBurst, refilledAt: 0 };

/** Takes one send out of the bucket: the bucket after it, or how long (ms) to wait until there is one. */
export function takeToken(bucket: Bucket, now: number): { bucket: Bucket } | { retryAfterMs: number } {
  // Two environments' clocks may disagree: time never runs backwards here.
  const elapsedMs = Math.max(0, now - bucket.refilledAt);
  const tokens = Math.min(limits.sendBurst, bucket.tokens + (elapsedMs * limits.sendsPerSecond) / 1000);
  if (tokens < 1) return { retryAfterMs: Math.ceil(((1 - tokens) * 1000) / limits.sendsPerSecond) };
  return { bucket: { tokens: tokens - 1, refilledAt: Math.max(now, bucket.refilledAt) } };
}
