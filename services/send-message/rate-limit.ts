import { limits } from '#shared/contract/limits.ts';

/** A token bucket: how many sends were left at a time (ms since the epoch). */
export interface Bucket {
  tokens: number;
  refilledAt: number;
}

export const fullBucket: Bucket = { tokens: limits.sendBurst, refilledAt: 0 };

/** Milliseconds that refill one send. */
const msPerSend = 1000 / limits.sendsPerSecond;

/** Takes one send out of the bucket: the bucket after it, or how long (ms) to wait until there is one. */
export function takeToken(bucket: Bucket, now: number): { bucket: Bucket } | { retryAfterMs: number } {
  // Two environments' clocks may disagree: time never runs backwards here.
  const refilledAt = Math.max(now, bucket.refilledAt);
  // Counted in whole milliseconds of refilling, since sums of fractions miss the moment at which one send is there.
  const saved = Math.round(bucket.tokens * msPerSend) + refilledAt - bucket.refilledAt;
  const left = Math.min(limits.sendBurst * msPerSend, saved) - msPerSend;
  if (left < 0) return { retryAfterMs: refilledAt - now - left };
  return { bucket: { tokens: left / msPerSend, refilledAt } };
}
