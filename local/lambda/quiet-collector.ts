import { Session } from 'node:inspector';

/** Fewer invocations leave behind what is not worth a pause. */
const worthwhile = 500;
const quietMs = 10_000;

/**
 * Collects this process's garbage once it has become quiet after a burst. V8 collects as memory is allocated: after ten
 * thousand connections have been opened it would keep 130 MB of what opened them until enough happens again.
 */
export class QuietCollector {
  #invocations = 0;
  /** On `performance`'s clock. */
  #lastAt = 0;

  invoked(): void {
    this.#invocations++;
    this.#lastAt = performance.now();
  }

  /** To be called now and then. Takes a tenth of a second when it is time, nothing otherwise. */
  collectIfQuiet(): void {
    if (this.#invocations < worthwhile || performance.now() - this.#lastAt < quietMs) return;
    this.#invocations = 0;
    const session = new Session();
    session.connect();
    session.post('HeapProfiler.collectGarbage');
    session.disconnect();
  }
}
