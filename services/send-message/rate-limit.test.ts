import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '#shared/contract/limits.ts';
import { type Bucket, fullBucket, takeToken } from './rate-limit.ts';

const start = 1_750_000_000_000;

/** Whole milliseconds between two sends; a clock that lags behind another one's goes back. */
const pauses = fc.array(fc.integer({ min: -50, max: 400 }), { maxLength: 200 });

/** Sends after each pause, and returns when each was let through. */
function sendAfter(waits: number[]): { accepted: number[]; bucket: Bucket; now: number } {
  const accepted: number[] = [];
  let bucket = fullBucket;
  let now = start;
  for (const wait of waits) {
    now += wait;
    const taken = takeToken(bucket, now);
    if ('retryAfterMs' in taken) continue;
    bucket = taken.bucket;
    accepted.push(now);
  }
  return { accepted, bucket, now };
}

describe('a bucket', () => {
  it('lets a burst through, then refuses', () => {
    const { accepted, bucket } = sendAfter(new Array<number>(limits.sendBurst + 5).fill(0));
    expect(accepted).toHaveLength(limits.sendBurst);
    expect(takeToken(bucket, start)).toEqual({ retryAfterMs: 1000 / limits.sendsPerSecond });
  });

  it('lets a member keep up the rate for ever', () => {
    const waits = new Array<number>(1_000).fill(1000 / limits.sendsPerSecond);
    expect(sendAfter(waits).accepted).toHaveLength(1_000);
  });

  it('never lets more through in any span of time than a burst and the rate', () => {
    fc.assert(
      fc.property(
        pauses.map((waits) => waits.map(Math.abs)),
        (waits) => {
          const { accepted } = sendAfter(waits);
          for (const [first, from] of accepted.entries()) {
            for (const [last, to] of accepted.entries()) {
              if (last < first) continue;
              const most = limits.sendBurst + ((to - from) * limits.sendsPerSecond) / 1000;
              expect(last - first + 1).toBeLessThanOrEqual(most + 1e-6);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('tells exactly how long to wait: then a send is let through, and a millisecond earlier it is not', () => {
    fc.assert(
      fc.property(pauses, fc.integer({ min: -1_000, max: 300 }), (waits, pause) => {
        const { bucket, now } = sendAfter([...waits, ...new Array<number>(limits.sendBurst).fill(0)]);
        const refused = takeToken(bucket, now + pause);
        if (!('retryAfterMs' in refused)) return;
        const { retryAfterMs } = refused;
        expect(Number.isInteger(retryAfterMs)).toBe(true);
        expect(retryAfterMs).toBeGreaterThan(0);
        expect(takeToken(bucket, now + pause + retryAfterMs)).toHaveProperty('bucket');
        expect(takeToken(bucket, now + pause + retryAfterMs - 1)).toHaveProperty('retryAfterMs');
      }),
    );
  });

  it('never holds more than a burst or less than nothing, and its time never runs backwards', () => {
    fc.assert(
      fc.property(pauses, (waits) => {
        let bucket: Bucket = fullBucket;
        let now = start;
        for (const wait of waits) {
          now += wait;
          const taken = takeToken(bucket, now);
          if ('retryAfterMs' in taken) continue;
          expect(taken.bucket.refilledAt).toBeGreaterThanOrEqual(bucket.refilledAt);
          expect(taken.bucket.tokens).toBeGreaterThanOrEqual(0);
          expect(taken.bucket.tokens).toBeLessThan(limits.sendBurst);
          bucket = taken.bucket;
        }
      }),
    );
  });
});
