import type {
  AckFrame,
  DeleteMessageFrame,
  EditMessageFrame,
  ErrorFrame,
  MarkReadFrame,
  ReactFrame,
} from '#shared/contract/frames.ts';
import { FanfareError } from './errors.ts';
import { backoffMs, type Timing } from './timing.ts';

type RequestFrame = EditMessageFrame | DeleteMessageFrame | ReactFrame | MarkReadFrame;

interface Entry {
  frame: RequestFrame;
  /** Entries of one lane go one after the other. */
  lane: string;
  answer: PromiseWithResolvers<AckFrame>;
  underway: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** How often the server was unavailable for it. */
  failures: number;
}

interface Wire {
  /** False while there is no connection. */
  send(frame: RequestFrame): boolean;
  /** An answer is overdue. */
  probe(): void;
}

/**
 * What we ask for in one room besides sending, until it is answered: each frame does the same when it comes twice, so
 * it is sent again when an answer is overdue, after a passing failure, and on the next connection. What concerns one
 * message goes in order, because the server runs frames in parallel.
 */
export class Requests {
  readonly #timing: Timing;
  readonly #wire: Wire;
  #entries: Entry[] = [];

  constructor(timing: Timing, wire: Wire) {
    this.#timing = timing;
    this.#wire = wire;
  }

  /** Rejects with a `FanfareError` when it is refused, or the room ends first. */
  request(frame: RequestFrame): Promise<AckFrame> {
    const lane = frame.action === 'markRead' ? frame.action : `${frame.seq}`;
    const answer = Promise.withResolvers<AckFrame>();
    this.#entries.push({ frame, lane, answer, underway: false, timer: undefined, failures: 0 });
    this.#next();
    return answer.promise;
  }

  /** There is a new connection. */
  resume(): void {
    this.pause();
    this.#next();
  }

  pause(): void {
    for (const entry of this.#entries) {
      clearTimeout(entry.timer);
      entry.underway = false;
    }
  }

  close(error: FanfareError): void {
    this.pause();
    for (const { answer } of this.#entries.splice(0)) answer.reject(error);
  }

  acknowledged(frame: AckFrame): void {
    this.#take(frame.id)?.answer.resolve(frame);
    this.#next();
  }

  refused({ id, code, message, retryAfterMs }: ErrorFrame): void {
    const entry = this.#entries.find(({ frame }) => frame.id === id);
    if (!entry) return;
    if (code === 'unavailable' || code === 'rate_limited') {
      clearTimeout(entry.timer);
      const delay = retryAfterMs ?? backoffMs(entry.failures++, this.#timing);
      entry.timer = setTimeout(() => this.#transmit(entry), delay);
    } else {
      this.#take(entry.frame.id)?.answer.reject(new FanfareError(code, message));
      this.#next();
    }
  }

  #next(): void {
    const busy = new Set<string>();
    for (const entry of this.#entries) {
      if (!busy.has(entry.lane) && !entry.underway) this.#transmit(entry);
      busy.add(entry.lane);
    }
  }

  #transmit(entry: Entry): void {
    entry.underway = this.#wire.send(entry.frame);
    if (!entry.underway) return;
    entry.timer = setTimeout(() => {
      this.#wire.probe();
      this.#transmit(entry);
    }, this.#timing.answerTimeoutMs);
  }

  #take(id: string): Entry | undefined {
    const entry = this.#entries.find(({ frame }) => frame.id === id);
    clearTimeout(entry?.timer);
    if (entry) this.#entries = this.#entries.filter((other) => other !== entry);
    return entry;
  }
}
