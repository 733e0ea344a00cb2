import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Parts of the time in which a thread computes: above, it was busy; below, it idles. */
const busy = 0.1;
const idle = 0.02;

/**
 * Gives memory back once a thread that was busy has had nothing to do for `intervalMs`. V8 grows a heap while there is much to
 * do, and where nothing is allocated any more, nothing makes it look for what is garbage by then: after ten thousand people
 * have come, that is half of the heap. One collection takes a tenth of a second at most, when nobody waits for the thread.
 */
export function collectWhenIdle(intervalMs = 10_000): void {
  let last = performance.eventLoopUtilization();
  // It has loaded what it runs.
  let wasBusy = true;
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    if (utilization > busy) wasBusy = true;
    else if (wasBusy && utilization < idle) {
      wasBusy = false;
      collect();
    }
  }, intervalMs).unref();
}

function collect(): void {
  // Contexts that are made from now on have the function.
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc === 'function') gc();
}
