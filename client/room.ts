import type { MessageEvent, RoomEvent } from '#shared/contract/events.ts';
import type { AckFrame, ClientFrame, ErrorFrame, SubscribedRoom } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import { Emitter } from './emitter.ts';
import { FanfareError } from './errors.ts';
import { RoomLog } from './log.ts';
import { Outbox, type PendingMessage, type Sent } from './outbox.ts';
import type { Subscriber } from './subscriptions.ts';
import type { Timing } from './timing.ts';

/** A message as the room has it. */
export type Message = MessageEvent;

/** After a time of silence: how many messages were caught up with, and whether none is missing between. */
export interface Recovery {
  missed: number;
  /** False: the room could not say what was missed, and `messages` was replaced by its newest page. */
  complete: boolean;
}

export interface RoomEvents {
  /** A message is seen for the first time, other than in the first page. In seq order, but for a late number. */
  message: Message;
  /** The room is up to date again after a lost connection or a gap. */
  recovered: Recovery;
  /** The room may not be read. It is closed. */
  error: FanfareError;
  /** `messages`, `pending` or `state` is another. At most once for all that came together. */
  change: undefined;
}

/**
 * - `loading`: the first page is on its way
 * - `live`: up to date, and told of every change
 * - `recovering`: catching up, or waiting for a connection to do so
 * - `closed`: left, refused, or the client is closed
 */
export type RoomState = 'loading' | 'live' | 'recovering' | 'closed';

/** A room that one is in. */
export interface Room {
  readonly id: string;
  readonly state: RoomState;
  /** Ordered by seq, each once. The array is a new one after each change and itself never changes. */
  readonly messages: readonly Message[];
  /** One's own messages that `messages` does not hold yet, as they were written. A new array after each change. */
  readonly pending: readonly PendingMessage[];
  /** Listens; the returned function ends it. */
  on<Name extends keyof RoomEvents>(event: Name, listener: (payload: RoomEvents[Name]) => void): () => void;
  /**
   * Sends 1 to 4,000 characters. The message is in `pending` at once, survives lost connections, and is written once.
   * Resolves when it is. Rejects with a `FanfareError` if it is refused: it then stays in `pending` as `failed`.
   */
  send(text: string, options?: { replyTo?: number }): Promise<Sent>;
  /** Sends a `failed` message again. */
  retry(id: string): Promise<Sent>;
  /** Drops a `failed` message. */
  discard(id: string): void;
  /** Ends the subscription. What was not sent fails with `closed`. */
  leave(): void;
}

/** What a room needs of its client. */
export interface RoomLink {
  /** False while there is no connection. */
  send(frame: ClientFrame): boolean;
  /** An answer is overdue. */
  probe(): void;
  /** Asks for what comes after the room's `after`. */
  subscribe(room: LiveRoom): void;
  leave(room: LiveRoom): void;
}

/** How often a gap is asked for. What is still missing then was skipped, or comes by itself. */
const repairs = 3;

export class LiveRoom extends Emitter<RoomEvents> implements Room, Subscriber {
  readonly id: string;
  readonly #timing: Timing;
  readonly #link: RoomLink;
  readonly #log: RoomLog;
  readonly #outbox: Outbox;
  #state: RoomState = 'loading';
  #pending: readonly PendingMessage[] | undefined;
  /** Where catching up has got to; undefined before the first page, and while there is nothing to catch up with. */
  #from: number | undefined;
  /** What came while catching up, which is older and goes first. Undefined while there is nothing to catch up with. */
  #held: MessageEvent[] | undefined = [];
  #recovery: Recovery = { missed: 0, complete: true };
  #gap = { under: -1, repairs: 0 };
  #repair: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string, after: number | undefined, timing: Timing, link: RoomLink) {
    super();
    this.id = id;
    this.#timing = timing;
    this.#link = link;
    this.#from = after;
    this.#log = new RoomLog(after);
    this.#outbox = new Outbox(id, timing, {
      send: (frame) => link.send(frame),
      probe: () => link.probe(),
      changed: () => this.#changed(),
    });
  }

  get state(): RoomState {
    return this.#state;
  }

  get messages(): readonly Message[] {
    return this.#log.messages;
  }

  get pending(): readonly PendingMessage[] {
    this.#pending ??= this.#outbox.pending;
    return this.#pending;
  }

  get after(): number | undefined {
    return this.#from ?? (this.#state === 'loading' ? undefined : this.#log.cursor);
  }

  send(text: string, { replyTo }: { replyTo?: number } = {}): Promise<Sent> {
    if (this.#state === 'closed') return this.#refuseToSend();
    if (text === '' || text.length > limits.textLength) {
      return Promise.reject(new FanfareError('invalid', `text: 1 to ${limits.textLength} characters`));
    }
    return this.#outbox.add(text, replyTo);
  }

  retry(id: string): Promise<Sent> {
    return this.#state === 'closed' ? this.#refuseToSend() : this.#outbox.retry(id);
  }

  discard(id: string): void {
    this.#outbox.discard(id);
  }

  leave(): void {
    if (this.#state === 'closed') return;
    this.#link.leave(this);
    this.close(new FanfareError('closed', `room ${this.id} was left`));
  }

  /** Ends the room without telling the server. */
  close(error: FanfareError): void {
    clearTimeout(this.#repair);
    this.#state = 'closed';
    this.#outbox.close(error);
    this.#changed();
  }

  connected(): void {
    this.#outbox.resume();
  }

  disconnected(): void {
    this.#outbox.pause();
    if (this.#state === 'closed') return;
    this.#held = [];
    if (this.after === undefined) return;
    // Not past a hole that a page or a live event just opened, nor past one that a repair had not reached.
    this.#from = Math.min(this.after, this.#log.cursor);
    if (this.#state === 'live') this.#state = 'recovering';
    this.#changed();
  }

  subscribed(reply: SubscribedRoom): boolean {
    if (this.#state === 'closed') return false;
    const replaced = this.after === undefined || !reply.recovered;
    if (replaced) {
      this.#recovery = { missed: 0, complete: this.after === undefined };
      this.#log.reset((reply.messages[0]?.seq ?? (reply.next ?? 0) + 1) - 1);
    }
    for (const message of reply.messages) {
      if (this.#add(message) && !replaced) {
        this.#recovery.missed++;
        this.emit('message', message);
      }
    }
    this.#from = reply.next;
    if (reply.next === undefined) this.#caughtUp(replaced);
    this.#changed();
    return reply.next !== undefined;
  }

  refused(error: FanfareError): void {
    if (this.#state === 'closed') return;
    this.close(new FanfareError('unsubscribed', error.message));
    this.emit('error', error);
  }

  receive(events: readonly RoomEvent[]): void {
    // A later server may send kinds of events that this client does not know.
    const messages = events.filter((event) => event.type === 'message');
    this.#held?.push(...messages);
    if (this.#state !== 'live') return;
    for (const message of messages) if (this.#add(message)) this.emit('message', message);
    this.#changed();
  }

  acknowledged(frame: AckFrame): void {
    this.#outbox.acknowledged(frame);
  }

  sendRefused(frame: ErrorFrame): void {
    this.#outbox.refused(frame);
  }

  #refuseToSend(): Promise<never> {
    return Promise.reject(new FanfareError('closed', `room ${this.id} is closed`));
  }

  /** True when the message is new. */
  #add(message: MessageEvent): boolean {
    this.#outbox.seen(message);
    return this.#log.add(message) === 'new';
  }

  #caughtUp(replaced: boolean): void {
    const { missed, complete } = this.#recovery;
    const first = this.#state === 'loading' && replaced && complete;
    const silent = first || (this.#state === 'live' && missed === 0 && complete);
    this.#recovery = { missed: 0, complete: true };
    this.#state = 'live';
    this.#outbox.complete(this.#log.cursor);
    if (!silent) this.emit('recovered', { missed, complete });
    const held = this.#held ?? [];
    this.#held = undefined;
    this.receive(held);
  }

  #changed(): void {
    this.#pending = undefined;
    this.#watchGap();
    this.emit('change', undefined);
  }

  /** Numbers that are missing for a few seconds may have got lost on the way: asks for them. */
  #watchGap(): void {
    const under = this.#log.cursor;
    const missing = under < Math.max(this.#log.newest, this.#outbox.lastSeq);
    if (!missing || this.#state !== 'live' || this.#held) {
      clearTimeout(this.#repair);
      this.#repair = undefined;
      return;
    }
    if (this.#gap.under !== under) this.#gap = { under, repairs: 0 };
    if (this.#repair || this.#gap.repairs >= repairs) return;
    this.#repair = setTimeout(() => this.#repairGap(), this.#timing.repairAfterMs * 2 ** this.#gap.repairs);
  }

  #repairGap(): void {
    this.#repair = undefined;
    this.#gap.repairs++;
    this.#from = this.#log.cursor;
    this.#held = [];
    this.#link.subscribe(this);
  }
}
