import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds before the first retry, and the most between two. */
export interface RetryDelay {
  firstMs: number;
  maxMs: number;
}

/** AWS goes up to a minute. Somebody who has just mended a function does not want to wait for that. */
export const localRetryDelay: RetryDelay = { firstMs: 100, maxMs: 2_000 };

/** Doubling delays, until something succeeds. */
export class Backoff {
  readonly #delay: RetryDelay;
  #failures = 0;

  constructor(delay: RetryDelay) {
    this.#delay = delay;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** Waits for the next delay; ends early, without an error, when `stopping` aborts. */
  async wait(stopping: AbortSignal): Promise<void> {
    const ms = Math.min(this.#delay.maxMs, this.#delay.firstMs * 2 ** this.#failures++);
    await pause(ms, stopping);
  }
}

/** Sleeps; ends early, without an error, when `stopping` aborts. */
export async function pause(ms: number, stopping: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal: stopping });
  } catch (error) {
    if (!stopping.aborted) throw error;
  }
}
