import type { AckFrame, AuthenticateFrame, ErrorFrame } from '#shared/contract/frames.ts';
import { FanfareError } from './errors.ts';
import type { Timing } from './timing.ts';
import { readToken } from './token.ts';

interface Wire {
  token: () => Promise<string>;
  /** False while there is no connection. */
  send(frame: AuthenticateFrame): boolean;
  failed(error: Error): void;
}

/** The longest time that a timer takes. */
const longestMs = 2 ** 31 - 1;

/** Hands the server a newer token before the present one expires, since the socket lives only as long. */
export class Renewal {
  readonly #timing: Timing;
  readonly #wire: Wire;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #expiresAt = 0;
  #sent: { id: string; expiresAt: number } | undefined;

  constructor(timing: Timing, wire: Wire) {
    this.#timing = timing;
    this.#wire = wire;
  }

  /** The connection's token expires then, in ms since the epoch. Nothing is renewed where that is not known. */
  watch(expiresAt: number | undefined): void {
    this.stop();
    if (expiresAt === undefined) return;
    this.#expiresAt = expiresAt;
    this.#after(expiresAt - Date.now() - this.#timing.renewBeforeMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sent = undefined;
  }

  acknowledged({ id }: AckFrame): void {
    if (this.#sent?.id === id) this.watch(this.#sent.expiresAt);
  }

  refused({ id, code, message }: ErrorFrame): void {
    if (id !== undefined && this.#sent?.id === id) this.#wire.failed(new FanfareError(code, message));
  }

  /** Tries until it is done: a token that is kept somewhere may only be renewed shortly before its end. */
  async #renew(): Promise<void> {
    const timer = this.#timer;
    try {
      const token = await this.#wire.token();
      if (timer !== this.#timer) return;
      const { expiresAt = 0 } = readToken(token);
      const id = crypto.randomUUID();
      if (expiresAt > this.#expiresAt && this.#wire.send({ action: 'authenticate', id, token })) {
        this.#sent = { id, expiresAt };
      }
    } catch (error) {
      if (timer !== this.#timer) return;
      this.#wire.failed(error instanceof Error ? error : new Error(String(error)));
    }
    const left = this.#expiresAt - Date.now();
    // Expired by this machine's clock, which may be wrong: the server decides.
    this.#after(left > 0 ? Math.max(left / 2, this.#timing.backoffBaseMs) : this.#timing.backoffCapMs);
  }

  #after(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#renew(), Math.min(Math.max(delayMs, 0), longestMs));
  }
}
