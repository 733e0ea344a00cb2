import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { Books } from './books.ts';
import type { Brief } from './brief.ts';
import { Meter } from './meter.ts';
import { Person } from './person.ts';
import { momentAt, startOf } from './plan.ts';

/** Longer than the deliveries queue's visibility timeout: what a worker dropped comes again within it. */
const quietMs = 35_000;
const longestDrainMs = 120_000;
/** In the storm: everybody is away at the same time, for a while. */
const awayMs = { least: 1_000, most: 5_000 };
const progressMs = 5_000;

/** Everybody who takes part in a run, and its clock: Artillery's phases begin one after another as the plan says. */
export class Gathering {
  readonly meter = new Meter();
  readonly #brief: Brief;
  readonly #books = new Books();
  /** Who is still in the crowd: came and has neither finished nor failed. */
  readonly #expected: number;
  #arrived = 0;
  #done = 0;
  #startedAt: number | undefined;
  #end: Promise<void> | undefined;

  constructor(brief: Brief) {
    this.#brief = brief;
    this.#expected = brief.people.length;
  }

  /** The next one of the people; undefined where there are no more. */
  arrive(): Person | undefined {
    const { plan, people, url } = this.#brief;
    // Artillery spreads a phase's arrivals evenly, and the first one comes after one interval.
    this.#startedAt ??= performance.now() - (plan.lasts.warm * 1_000) / plan.warmUsers;
    this.#end ??= this.#watch();
    const identity = people[this.#arrived++];
    return (
      identity &&
      new Person(identity, {
        url,
        books: this.#books,
        meter: this.meter,
        now: () => momentAt(plan, this.#now),
      })
    );
  }

  /**
   * Says something now and then, by chance: waiting times are exponential, so that it does not matter that they are
   * drawn anew when the phase changes.
   */
  async chat(person: Person, until: 'storm' | 'end'): Promise<void> {
    const { plan } = this.#brief;
    const endsAt = until === 'storm' ? startOf(plan, 'storm') : Number.POSITIVE_INFINITY;
    for (
      let moment = momentAt(plan, this.#now);
      moment && this.#now < endsAt;
      moment = momentAt(plan, this.#now)
    ) {
      const wait = (-Math.log(1 - Math.random()) * 1_000 * plan.users) / moment.rate;
      const left = moment.endsAt - this.#now;
      await sleep(Math.min(wait, left));
      if (wait < left) person.say();
    }
  }

  /** The storm: everybody's socket is gone at once. Resolves with the new one when the person has caught up. */
  async blackout(person: Person): Promise<WebSocket> {
    return await person.dropFor(awayMs.least + Math.random() * (awayMs.most - awayMs.least));
  }

  /** Resolves when the books are closed. */
  async drained(person: Person): Promise<void> {
    await person.finishSpeaking();
    this.#done++;
    await this.#end;
  }

  get #now(): number {
    return performance.now() - (this.#startedAt ?? performance.now());
  }

  /** Says every five seconds how it goes; after the last phase waits for what is under way; closes the books. */
  async #watch(): Promise<void> {
    const { plan } = this.#brief;
    let before = { received: 0, at: performance.now() };
    let changedAt = performance.now();
    for (;;) {
      await sleep(this.#isOver ? 500 : progressMs);
      const at = performance.now();
      const received = this.#count('received');
      const perSecond = Math.round(((received - before.received) * 1_000) / (at - before.at));
      if (received !== before.received) changedAt = at;
      before = { received, at };
      if (!this.#isOver) {
        const phase = momentAt(plan, this.#now)?.phase ?? 'over';
        console.log(
          `» ${phase.padEnd(5)} ${Math.round(this.#now / 1_000)} s: ${this.#arrived} people, ${this.#count('sent')} sent, ${perSecond} deliveries/s`,
        );
        continue;
      }
      const overFor = this.#now - startOf(plan, 'storm') - plan.lasts.storm * 1_000;
      const everybodyIsDone = this.#done >= Math.min(this.#expected, this.#arrived);
      if (overFor > longestDrainMs || at - changedAt > quietMs) break;
      if (everybodyIsDone && this.#books.audit().lost === 0) break;
    }
    this.#close();
  }

  get #isOver(): boolean {
    return momentAt(this.#brief.plan, this.#now) === undefined;
  }

  #close(): void {
    const { lost, shownTwice, shownOutOfOrder, unacknowledged } = this.#books.audit();
    this.meter.count('lost', lost);
    this.meter.count('shown_twice', shownTwice);
    this.meter.count('shown_out_of_order', shownOutOfOrder);
    this.meter.count('unacknowledged', unacknowledged);
    const errors = [...this.meter.counts].filter(([name]) => name.startsWith('error.'));
    const failed = errors.reduce((sum, [, count]) => sum + count, 0);
    this.meter.count('error_percent', (failed * 100) / Math.max(1, this.#count('sent') + this.#arrived * 2));
    // A counter that nothing has raised is missing from Artillery's report, and a check of it fails.
    for (const name of [
      'never_back',
      'not_recovered',
      'copies',
      'late',
      'dropped',
      'held_back',
      'resent',
    ] as const)
      this.meter.count(name, 0);
  }

  #count(name: Parameters<Meter['count']>[0]): number {
    return this.meter.counts.get(name) ?? 0;
  }
}
