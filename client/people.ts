import type { RoomEvent } from '#shared/contract/events.ts';
import { Latest } from './latest.ts';

/** Somebody who is writing just now. */
export interface Typist {
  readonly userId: string;
  readonly name: string;
}

type PeopleEvent = Exclude<RoomEvent, { type: 'message' | 'edited' | 'deleted' | 'reaction' }>;

/**
 * What is known of a room's people. Of events that concern the same thing, the newest holds. Each collection is another object after a change, and itself never changes.
 */
export class People {
  receipts: ReadonlyMap<string, number> = new Map();
  online: ReadonlySet<string> = new Set();
  typists: readonly Typist[] = [];
  readonly #typingMs: number;
  readonly #changed: () => void;
  readonly #latest = new Latest();
  readonly #writing = new Map<string, ReturnType<typeof setTimeout>>();

  /** `typingMs`: how long somebody counts as writing. `changed` is called when that ends by itself. */
  constructor(typingMs: number, changed: () => void) {
    this.#typingMs = typingMs;
    this.#changed = changed;
  }

  /** Who is online just now. */
  seed(present: readonly string[]): void {
    this.online = new Set(present);
  }

  /** False where the event tells nothing new. */
  heard(event: PeopleEvent, me: string | undefined): boolean {
    switch (event.type) {
      case 'receipt':
        return this.#read(event.userId, event.seq);
      case 'online':
      case 'offline':
        if (!this.#latest.isNews(`presence ${event.userId}`, event)) return false;
        if (event.type === 'offline') this.#stopped(event.userId);
        return this.#present(event.userId, event.type === 'online');
      case 'typing':
        if (event.userId === me || !this.#latest.isNews(`typing ${event.userId}`, event)) return false;
        return this.#writes(event);
      case 'joined':
      case 'left':
      case 'member':
        if (!this.#latest.isNews(`member ${event.userId}`, event)) return false;
        if (event.type === 'left') this.#gone(event.userId);
        if (event.type === 'joined' && event.online) this.heard({ ...event, type: 'online' }, me);
        return true;
      case 'room':
        return this.#latest.isNews('room', event);
      default:
        // A later server may send kinds of events that this client does not know.
        return false;
    }
  }

  /** Who has said something is not writing it any more, also where the news of the writing comes later. */
  said(userId: string, at: number): void {
    this.#latest.isNews(`typing ${userId}`, { at, type: 'message' });
    this.#stopped(userId);
  }

  close(): void {
    for (const userId of [...this.#writing.keys()]) this.#stopped(userId);
  }

  #read(userId: string, seq: number): boolean {
    if (seq <= (this.receipts.get(userId) ?? 0)) return false;
    this.receipts = new Map(this.receipts).set(userId, seq);
    return true;
  }

  #present(userId: string, present: boolean): boolean {
    if (this.online.has(userId) === present) return false;
    const online = new Set(this.online);
    if (present) online.add(userId);
    else online.delete(userId);
    this.online = online;
    return true;
  }

  #writes({ userId, name }: Typist): boolean {
    const known = this.#writing.get(userId);
    clearTimeout(known);
    const timer = setTimeout(() => {
      this.#stopped(userId);
      this.#changed();
    }, this.#typingMs);
    this.#writing.set(userId, timer);
    if (known === undefined) this.typists = [...this.typists, { userId, name }];
    return known === undefined;
  }

  #stopped(userId: string): void {
    const timer = this.#writing.get(userId);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#writing.delete(userId);
    this.typists = this.typists.filter((typist) => typist.userId !== userId);
  }

  #gone(userId: string): void {
    this.#stopped(userId);
    this.#present(userId, false);
    if (!this.receipts.has(userId)) return;
    const receipts = new Map(this.receipts);
    receipts.delete(userId);
    this.receipts = receipts;
  }
}
