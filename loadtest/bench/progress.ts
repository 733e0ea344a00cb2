import { Progress as Line } from '#ops/progress.ts';

/** How often the elapsed time is written anew: seldom enough to cost a measurement nothing. */
const tickMs = 1_000;

/**
 * Tells on standard error how far a bench is: a line that is written over where a person watches, else a line each time
 * that something begins.
 */
export class Progress implements Disposable {
  readonly #line = new Line();
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #section = '';
  #doing = '';

  constructor() {
    if (process.stderr.isTTY === true) this.#timer = setInterval(() => this.#write(), tickMs).unref();
  }

  /** A section begins. */
  section(title: string): void {
    this.#section = title;
    this.#doing = '';
    this.#tell();
  }

  /** Round `round` of `rounds` begins, the first being 1; or, without rounds, a step. */
  step(doing: string, round?: number, rounds?: number): void {
    this.#doing = round === undefined ? doing : `round ${round} of ${rounds ?? '?'} · ${doing}`;
    this.#tell();
  }

  /** Takes the line away, so that something else can be printed. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#line[Symbol.dispose]();
  }

  #tell(): void {
    if (this.#timer) this.#write();
    else process.stderr.write(`${this.#text()}\n`);
  }

  #write(): void {
    this.#line.show(this.#text());
  }

  #text(): string {
    const elapsed = clock((performance.now() - this.#startedAt) / 1000);
    return [elapsed, this.#section, this.#doing].filter(Boolean).join('  ');
  }
}

/** `4:07` */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
