import type { Timing } from './timing.ts';

/** Finds out that a socket is dead: after a silence it asks for a `pong`, and a pong that does not come is the proof. */
export class Heartbeat {
  readonly #timing: Timing;
  readonly #ping: () => void;
  readonly #dead: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiting = false;

  constructor(timing: Timing, ping: () => void, dead: () => void) {
    this.#timing = timing;
    this.#ping = ping;
    this.#dead = dead;
  }

  /** Something was received: the socket lives. */
  alive(): void {
    this.stop();
    this.#timer = setTimeout(() => this.probe(), this.#timing.pingAfterMs);
  }

  /** Asks now. */
  probe(): void {
    if (this.#waiting) return;
    clearTimeout(this.#timer);
    this.#waiting = true;
    this.#timer = setTimeout(this.#dead, this.#timing.pongTimeoutMs);
    this.#ping();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting = false;
  }
}
