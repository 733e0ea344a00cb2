import type { ReconnectFrame } from '#shared/contract/frames.ts';
import { logger } from '#shared/observability/logger.ts';
import { measure } from '#shared/observability/metrics.ts';
import type { ConnectionId, Connections } from '#shared/storage/connections.ts';
import type { Deadlines, DueConnection } from '#shared/storage/deadlines.ts';
import { closesAt, deadlineShards, dueAt, endsAt, minuteOf } from '#shared/storage/socket-deadline.ts';
import { payloadOf } from '../deliver/post.ts';
import { type Poster, postAll } from '../deliver/post-all.ts';

/**
 * Milliseconds in which a run begins something; what is left is the next minute's. The function has 25 s. At 32 calls at a
 * time, of 15 ms each, a run reaches some 30,000 sockets: as many as API Gateway lets in within a minute.
 */
const sweepingMs = 15_000;

/** Connections of one shard of a minute that are dealt with before the next ones are read. */
const pageSize = 500;

/** Milliseconds before its end by which a socket is asked to have moved: what is on its way then still arrives. */
const spareMs = 30_000;

/**
 * Minutes that are looked at again though nothing was under them: somebody may have written to them while they were the
 * present one, and the index shows it a moment later.
 */
const unsettledMinutes = 2;

export interface Collaborators {
  connections: Connections;
  deadlines: Deadlines;
  ask: Poster;
  close: Poster;
}

/**
 * Does what is due by `now` (ms since the epoch), from the first minute that is not known to be over: so a run that did
 * not happen, died or left something is made good by the next. A minute is over when nothing was found under it; what was
 * done about a socket takes its row from there.
 */
export async function sweep(now: number, collaborators: Collaborators): Promise<void> {
  const { deadlines } = collaborators;
  const run = new Run(now, collaborators);
  const first = await deadlines.firstOpen(now);
  let isOver = true;
  let over = first - 1;
  for (let minute = first; minute <= minuteOf(now); minute++) {
    const shards = Array.from({ length: deadlineShards }, (_, shard) => run.sweepShard(minute, shard));
    isOver &&= !(await Promise.all(shards)).includes(true);
    if (isOver && minute < minuteOf(now) - unsettledMinutes) over = minute;
  }
  if (over >= first) await deadlines.close(over);
  run.record();
}

class Run {
  readonly #now: number;
  readonly #collaborators: Collaborators;
  /** By the machine's own clock. */
  readonly #deadline = Date.now() + sweepingMs;
  #oldest: number;
  #closed = 0;
  #asked = 0;
  #pruned = 0;
  #failed = 0;

  constructor(now: number, collaborators: Collaborators) {
    this.#now = now;
    this.#collaborators = collaborators;
    this.#oldest = now;
  }

  /** @returns whether there was anything, or may have been */
  async sweepShard(minute: number, shard: number): Promise<boolean> {
    let found = false;
    let from: Record<string, string> | undefined;
    do {
      if (Date.now() >= this.#deadline) return true;
      const { connections, next } = await this.#collaborators.deadlines.page(minute, shard, from, pageSize);
      if (connections.length > 0) found = true;
      await this.#sweepAll(connections, minute);
      from = next;
    } while (from);
    return found;
  }

  record(): void {
    measure('SweepDelay', this.#now - this.#oldest);
    if (this.#closed > 0) measure('ExpiredClosed', this.#closed);
    if (this.#asked > 0) measure('ReconnectsAsked', this.#asked);
    if (this.#pruned > 0) measure('SweptStale', this.#pruned);
    if (this.#failed > 0) measure('SweepFailures', this.#failed);
    logger.info('Swept', {
      closed: this.#closed,
      asked: this.#asked,
      gone: this.#pruned,
      failed: this.#failed,
    });
  }

  async #sweepAll(connections: DueConnection[], minute: number): Promise<void> {
    const due = connections.filter((each) => dueAt(each) <= this.#now);
    for (const each of due) this.#oldest = Math.min(this.#oldest, dueAt(each));
    const [closing, asking] = [
      due.filter((each) => closesAt(each) <= this.#now),
      due.filter((each) => closesAt(each) > this.#now),
    ];
    const misplaced = connections.filter((each) => dueAt(each) > this.#now && minuteOf(dueAt(each)) > minute);
    await Promise.all([
      this.#close(closing),
      this.#ask(asking),
      this.#each(misplaced, (each) => this.#collaborators.deadlines.postpone(each, this.#now)),
    ]);
  }

  /** Its row goes by `$disconnect`; should that be lost, the next run finds the socket gone. */
  async #close(connections: DueConnection[]): Promise<void> {
    const closed = await this.#call(connections, Buffer.alloc(0), this.#collaborators.close);
    this.#closed += closed.length;
  }

  async #ask(connections: DueConnection[]): Promise<void> {
    if (connections.length === 0) return;
    const before = Math.min(...connections.map(endsAt)) - spareMs;
    const frame: ReconnectFrame = { type: 'reconnect', before };
    const asked = await this.#call(connections, Buffer.from(JSON.stringify(frame)), this.#collaborators.ask);
    this.#asked += asked.length;
    await this.#each(asked, (each) => this.#collaborators.deadlines.asked(each, this.#now));
  }

  /** @returns those who were reached. Who is gone is removed; who failed is found again by the next run. */
  async #call(connections: DueConnection[], body: Buffer, poster: Poster): Promise<ConnectionId[]> {
    if (connections.length === 0) return [];
    const results = await postAll([connections], [payloadOf(body)], poster, this.#deadline);
    this.#pruned += results.gone.length;
    this.#failed += results.failed.length;
    await this.#each(results.gone, (each) => this.#collaborators.connections.close(each));
    return results.delivered;
  }

  /** One row that cannot be written keeps no other from being. */
  async #each<Item>(items: Item[], act: (item: Item) => Promise<unknown>): Promise<void> {
    await Promise.all(
      items.map((item) =>
        act(item).catch((error: unknown) => {
          this.#failed++;
          logger.error('A connection could not be swept', { error });
        }),
      ),
    );
  }
}
