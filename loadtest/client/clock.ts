/** What CLOCK_MONOTONIC is ahead of `performance.now()`: read once, for each reading of it makes a BigInt. */
const offset = readOffset();

/** Milliseconds by a clock that all processes of this machine share, whenever they were started. */
export function now(): number {
  return performance.now() + offset;
}

/** @param at on `now()`'s clock */
export async function sleepUntil(at: number): Promise<void> {
  const wait = at - now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}

/** Between two readings the process may have to wait for a processor: of many the closest ones count. */
function readOffset(): number {
  let closest = { offset: 0, apart: Number.POSITIVE_INFINITY };
  for (let tried = 0; tried < 100; tried++) {
    const before = performance.now();
    const monotonic = Number(process.hrtime.bigint()) / 1e6;
    const apart = performance.now() - before;
    if (apart < closest.apart) closest = { offset: monotonic - before - apart / 2, apart };
  }
  return closest.offset;
}
