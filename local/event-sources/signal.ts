/** Wakes whoever waits for "something has changed". Counted, so that a change between a look and a wait is not lost. */
export class Signal {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  /** How many changes there have been. Take it before looking; pass it to `after` when there was nothing to see. */
  get count(): number {
    return this.#count;
  }

  notify(): void {
    this.#count++;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Resolves when there have been more than `seen` changes, or after `timeoutMs`. */
  after(seen: number, timeoutMs?: number): Promise<void> {
    if (this.#count > seen) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => wake(), timeoutMs);
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
    });
  }
}
