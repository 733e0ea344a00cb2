/** How far one has read: shown at once, and told to the server at most once in an interval, the latest only. */
export class Reading {
  readonly #intervalMs: number;
  readonly #tell: (seq: number) => Promise<unknown>;
  readonly #failed: (error: Error) => void;
  #seq = 0;
  #told = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #underway = false;
  #closed = false;

  /** `tell` settles when the server has answered. */
  constructor(intervalMs: number, tell: (seq: number) => Promise<unknown>, failed: (error: Error) => void) {
    this.#intervalMs = intervalMs;
    this.#tell = tell;
    this.#failed = failed;
  }

  get seq(): number {
    return this.#seq;
  }

  /** The server says so. True where it is news. */
  learned(seq: number): boolean {
    this.#told = Math.max(this.#told, seq);
    if (seq <= this.#seq) return false;
    this.#seq = seq;
    return true;
  }

  /** One has read up to there. True where it is news. */
  mark(seq: number): boolean {
    if (seq <= this.#seq) return false;
    this.#seq = seq;
    this.#next();
    return true;
  }

  /** Tells nothing more. Returns what the server was not told yet. */
  close(): number | undefined {
    clearTimeout(this.#timer);
    this.#closed = true;
    return this.#seq > this.#told ? this.#seq : undefined;
  }

  #next(): void {
    if (this.#closed || this.#timer !== undefined || this.#underway || this.#seq <= this.#told) return;
    this.#told = this.#seq;
    this.#underway = true;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#next();
    }, this.#intervalMs);
    this.#tell(this.#told)
      .catch(this.#failed)
      .finally(() => {
        this.#underway = false;
        this.#next();
      });
  }
}
