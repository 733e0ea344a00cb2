import { backoffMs, type Timing } from './timing.ts';

/**
 * When to move to a new socket, before the present one ends: at a random moment, so that clients that connected
 * together do not move together.
 */
export class Handover {
  readonly #timing: Timing;
  readonly #move: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = 0;
  #failures = 0;

  constructor(timing: Timing, move: () => void) {
    this.#timing = timing;
    this.#move = move;
  }

  /** A socket was opened just now. */
  opened(): void {
    const { socketLifeMs, handoverWindowMs } = this.#timing;
    this.#failures = 0;
    this.#at(Date.now() + socketLifeMs - handoverWindowMs * (0.1 + 0.9 * Math.random()));
  }

  /** The server wants it done before then, in ms since the epoch. */
  asked(before: number): void {
    const due = Date.now() + 0.9 * Math.random() * Math.max(0, before - Date.now());
    if (due < this.#due) this.#at(due);
  }

  /** The new socket could not be had. */
  failed(): void {
    this.#at(Date.now() + backoffMs(this.#failures++, this.#timing));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #at(due: number): void {
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(this.#move, due - Date.now());
  }
}
