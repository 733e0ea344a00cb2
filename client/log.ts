import type { MessageEvent } from '#shared/contract/events.ts';
import { limits } from '#shared/contract/limits.ts';

/** What adding a message did: a new one, a newer version of a known one, or nothing (a copy). */
export type Added = 'new' | 'changed' | 'duplicate';

/**
 * What is known of a room's log: messages in seq order, each in its newest version.
 *
 * Numbers may be missing: skipped for good, lost on the way, or late, because two senders raced. The server's clock
 * on the messages tells them apart: a number that is missing under a message `limits.lateSeqMs` older than the newest
 * one will not be written any more.
 */
export class RoomLog {
  /** Nothing at or under it is expected. */
  #base: number;
  #entries: MessageEvent[] = [];
  #newestAt = 0;
  #snapshot: readonly MessageEvent[] | undefined;

  /** `base`: the seq after which the log is to be complete. */
  constructor(base = 0) {
    this.#base = base;
  }

  /** The messages, oldest first. The array is never changed: a change of the log makes another one. */
  get messages(): readonly MessageEvent[] {
    this.#snapshot ??= [...this.#entries];
    return this.#snapshot;
  }

  /** Below it and at it, the log may lack messages. */
  get base(): number {
    return this.#base;
  }

  /** The message of this place, if it is there. */
  get(seq: number): MessageEvent | undefined {
    const entry = this.#entries[this.#placeOf(seq)];
    return entry?.seq === seq ? entry : undefined;
  }

  /** The highest seq known. */
  get newest(): number {
    return Math.max(this.#base, this.#entries.at(-1)?.seq ?? 0);
  }

  /**
   * The seq to resume after: the last one with no hole under it in which a late number may still appear. It is
   * reckoned by what was received and not by this machine's clock, because a number that is written while the
   * connection is down must be asked for afterwards, however long that was.
   */
  get cursor(): number {
    let cursor = this.newest;
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const entry = this.#entries[i];
      if (!entry || entry.seq <= this.#base || entry.at <= this.#newestAt - limits.lateSeqMs) break;
      const below = Math.max(this.#entries[i - 1]?.seq ?? 0, this.#base);
      if (below < entry.seq - 1) cursor = below;
    }
    return cursor;
  }

  /** Puts a message in its place. */
  add(message: MessageEvent): Added {
    const place = this.#placeOf(message.seq);
    const known = this.#entries[place];
    if (known?.seq === message.seq) {
      if (known.version >= message.version) return 'duplicate';
      this.#entries[place] = message;
    } else {
      this.#entries.splice(place, 0, message);
    }
    this.#newestAt = Math.max(this.#newestAt, message.at);
    this.#snapshot = undefined;
    return known?.seq === message.seq ? 'changed' : 'new';
  }

  /** Forgets everything. What comes next is complete from `base` on. */
  reset(base: number): void {
    this.#base = base;
    this.#entries = [];
    this.#newestAt = 0;
    this.#snapshot = undefined;
  }

  /** The index of the first entry at or above `seq`. Looks from the end, where nearly all messages go. */
  #placeOf(seq: number): number {
    if (seq > this.newest) return this.#entries.length;
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.seq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
