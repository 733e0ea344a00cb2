import type {
  ClientFrame,
  ErrorFrame,
  SubscribedFrame,
  SubscribedRoom,
  SubscribeFrame,
} from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import { FanfareError } from './errors.ts';
import { backoffMs, type Timing } from './timing.ts';

type WantedRoom = SubscribeFrame['rooms'][number];

/** A room as its subscription needs it. */
export interface Subscriber {
  readonly id: string;
  /** What to ask for: the seq to read on after, or the newest page. */
  readonly wanted: WantedRoom;
  /** One page. True when the room wants the next one. */
  subscribed(reply: SubscribedRoom): boolean;
  refused(error: FanfareError): void;
}

interface Wire {
  /** False while there is no connection. */
  send(frame: ClientFrame): boolean;
  /** An answer is overdue. */
  probe(): void;
}

interface Request {
  joining: Subscriber[];
  leaving: string[];
  timer: ReturnType<typeof setTimeout>;
}

/**
 * Brings what the server sends on this connection in line with the rooms that are wanted, in as few frames as the
 * limits allow. A room is in one frame at a time, because the server runs frames in parallel: a `subscribe` could
 * otherwise overtake the `unsubscribe` before it.
 */
export class Subscriptions {
  readonly #timing: Timing;
  readonly #wire: Wire;
  readonly #joining = new Set<Subscriber>();
  readonly #leaving = new Set<string>();
  readonly #requests = new Map<string, Request>();
  #flushing: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(timing: Timing, wire: Wire) {
    this.#timing = timing;
    this.#wire = wire;
  }

  /** All that is wanted stands. */
  get settled(): boolean {
    return this.#joining.size + this.#leaving.size + this.#requests.size === 0;
  }

  /** Subscribes, or reads on after the room's `after`. */
  add(room: Subscriber): void {
    this.#joining.add(room);
    this.#flushAfter(0);
  }

  remove(room: Subscriber): void {
    this.#joining.delete(room);
    this.#leaving.add(room.id);
    this.#flushAfter(0);
  }

  /** There is a new connection, which is subscribed to nothing. */
  restart(rooms: Iterable<Subscriber>): void {
    this.stop();
    for (const room of rooms) this.#joining.add(room);
    this.#flush();
  }

  /** There is no connection any more. */
  stop(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    for (const { timer } of this.#requests.values()) clearTimeout(timer);
    this.#requests.clear();
    this.#joining.clear();
    this.#leaving.clear();
    this.#failures = 0;
  }

  subscribed(frame: SubscribedFrame): void {
    const request = this.#take(frame.id);
    if (!request) return;
    this.#failures = 0;
    for (const room of this.#stillWanted(request)) {
      const reply = frame.rooms.find((other) => other.room === room.id);
      if (reply && room.subscribed(reply)) this.#joining.add(room);
    }
    this.#flushAfter(0);
  }

  acknowledged(id: string): void {
    if (this.#take(id)) this.#flushAfter(0);
  }

  refused(frame: ErrorFrame): void {
    const request = frame.id === undefined ? undefined : this.#take(frame.id);
    if (!request) return;
    if (frame.code === 'unavailable' || frame.code === 'rate_limited') {
      this.#again(request);
      this.#flushAfter(frame.retryAfterMs ?? backoffMs(this.#failures++, this.#timing));
      return;
    }
    const rooms = this.#stillWanted(request);
    const refused = request.joining.length > 1 ? rooms.filter(({ id }) => frame.rooms?.includes(id)) : rooms;
    for (const room of refused) room.refused(new FanfareError(frame.code, frame.message));
    const others = rooms.filter((room) => !refused.includes(room));
    if (refused.length > 0) for (const room of others) this.#joining.add(room);
    // The error names no room of ours: asked for one by one, the culprit shows.
    else for (const room of others) this.#join([room]);
    this.#flushAfter(0);
  }

  /** Frames leave together at the end of the current task, and not before a wait that the server asked for. */
  #flushAfter(delayMs: number): void {
    this.#flushing ??= setTimeout(() => this.#flush(), delayMs);
  }

  #flush(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    const underway = [...this.#requests.values()];
    const busy = new Set(
      underway.flatMap(({ joining, leaving }) => [...joining.map(({ id }) => id), ...leaving]),
    );
    const leaving = [...this.#leaving].filter((id) => !busy.has(id));
    for (const rooms of chunks(leaving, limits.roomsPerConnection)) this.#leave(rooms);
    for (const id of leaving) busy.add(id);
    const joining = [...this.#joining].filter(({ id }) => !busy.has(id));
    for (const rooms of chunks(joining, limits.roomsPerSubscribe)) this.#join(rooms);
  }

  #join(rooms: Subscriber[]): void {
    const wanted = rooms.map((room) => room.wanted);
    const id = crypto.randomUUID();
    if (!this.#wire.send({ action: 'subscribe', id, rooms: wanted })) return;
    for (const room of rooms) this.#joining.delete(room);
    this.#requests.set(id, { joining: rooms, leaving: [], timer: this.#deadline(id) });
  }

  #leave(rooms: string[]): void {
    const id = crypto.randomUUID();
    if (!this.#wire.send({ action: 'unsubscribe', id, rooms })) return;
    for (const room of rooms) this.#leaving.delete(room);
    this.#requests.set(id, { joining: [], leaving: rooms, timer: this.#deadline(id) });
  }

  #deadline(id: string): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      const request = this.#take(id);
      this.#wire.probe();
      if (request) this.#again(request);
      this.#flushAfter(0);
    }, this.#timing.answerTimeoutMs);
  }

  #again(request: Request): void {
    for (const room of this.#stillWanted(request)) this.#joining.add(room);
    for (const room of request.leaving) this.#leaving.add(room);
  }

  /** A room that was left while its `subscribe` was under way waits in `#leaving` until the answer is there. */
  #stillWanted({ joining }: Request): Subscriber[] {
    return joining.filter(({ id }) => !this.#leaving.has(id));
  }

  #take(id: string): Request | undefined {
    const request = this.#requests.get(id);
    clearTimeout(request?.timer);
    this.#requests.delete(id);
    return request;
  }
}

function chunks<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
