/** CLOCK_MONOTONIC less `performance.now()`: the machine's clock is read once, for each reading of it makes a BigInt. */
const offset = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds by a clock that all processes of this machine share, whenever they were started. */
export function now(): number {
  return performance.now() + offset;
}

/** @param at on `now()`'s clock */
export async function sleepUntil(at: number): Promise<void> {
  const wait = at - now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}
