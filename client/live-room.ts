import type { MessageEvent, RoomEvent } from '#shared/contract/events.ts';
import type {
  AckFrame,
  ClientFrame,
  DeleteMessageFrame,
  EditMessageFrame,
  ErrorFrame,
  MarkReadFrame,
  ReactFrame,
  SubscribedRoom,
  SubscribeFrame,
} from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import type { FanfareApi } from './api.ts';
import { Emitter } from './emitter.ts';
import { FanfareError } from './errors.ts';
import { type Added, RoomLog } from './log.ts';
import { Outbox, type PendingMessage, type SendOptions, type Sent } from './outbox.ts';
import { type Change, deleted, edited, Overlay, reacted } from './overlay.ts';
import { People, type Typist } from './people.ts';
import { Reading } from './reading.ts';
import { Requests } from './requests.ts';
import type { Message, Recovery, Room, RoomEvents, RoomState } from './room.ts';
import type { Subscriber } from './subscriptions.ts';
import type { Timing } from './timing.ts';

/** What a room needs of its client. */
export interface RoomLink {
  /** False while there is no connection. */
  send(frame: ClientFrame): boolean;
  /** An answer is overdue. */
  probe(): void;
  /** One's own user id, once a token has told it. */
  me(): string | undefined;
  /** Throws where the client has none. */
  api(): FanfareApi;
  /** Something failed that no call awaits. */
  failed(error: Error): void;
  /** Asks for what comes after the room's `after`. */
  subscribe(room: LiveRoom): void;
  leave(room: LiveRoom): void;
}

/** How often a gap is asked for. What is still missing then was skipped, or comes by itself. */
const repairs = 3;

/** What happened this long before the latest event may still have been on its way when the connection broke. */
const lateMs = 60_000;

type ChangeFrame = EditMessageFrame | DeleteMessageFrame | ReactFrame;

export class LiveRoom extends Emitter<RoomEvents> implements Room, Subscriber {
  readonly id: string;
  readonly #timing: Timing;
  readonly #link: RoomLink;
  readonly #log: RoomLog;
  readonly #outbox: Outbox;
  readonly #requests: Requests;
  readonly #overlay = new Overlay();
  readonly #people: People;
  readonly #reading: Reading;
  #typedAt = Number.NEGATIVE_INFINITY;
  #state: RoomState = 'loading';
  #pending: readonly PendingMessage[] | undefined;
  /** Where catching up has got to; undefined before the first page, and while there is nothing to catch up with. */
  #from: number | undefined;
  /** What came while catching up, which is older and goes first. Undefined while there is nothing to catch up with. */
  #held: RoomEvent[] | undefined = [];
  /** The latest that was received, by the server's clock. */
  #latestAt = 0;
  /** Since when older messages may have changed unnoticed; undefined while the room tells of changes. */
  #changedAfter: number | undefined;
  /** This connection was told who is there and what changed. */
  #briefed = false;
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
    this.#requests = new Requests(timing, link);
    this.#people = new People(timing.typingMs, () => this.#changed());
    this.#reading = new Reading(
      timing.markReadMs,
      (seq) => this.#requests.request(this.#markReadFrame(seq)),
      (error) => this.#state !== 'closed' && link.failed(error),
    );
  }

  get state(): RoomState {
    return this.#state;
  }

  get messages(): readonly Message[] {
    return this.#overlay.over(this.#log.messages);
  }

  get pending(): readonly PendingMessage[] {
    this.#pending ??= this.#outbox.pending;
    return this.#pending;
  }

  get readSeq(): number {
    return this.#reading.seq;
  }

  get receipts(): ReadonlyMap<string, number> {
    return this.#people.receipts;
  }

  get online(): ReadonlySet<string> {
    return this.#people.online;
  }

  get typists(): readonly Typist[] {
    return this.#people.typists;
  }

  get wanted(): SubscribeFrame['rooms'][number] {
    const after = this.#after;
    return {
      room: this.id,
      ...(after !== undefined && { after }),
      ...(!this.#briefed && { present: true }),
      ...(!this.#briefed &&
        after !== undefined &&
        this.#changedAfter && { changedAfter: this.#changedAfter }),
    };
  }

  send(text: string, options: SendOptions = {}): Promise<Sent> {
    if (this.#state === 'closed') return this.#refuse();
    if ((text === '' && !options.attachments?.length) || text.length > limits.textLength) return wrongText();
    // Who goes on writing is told of anew: what was sent ended the last of it.
    this.#typedAt = Number.NEGATIVE_INFINITY;
    return this.#outbox.add(text, options);
  }

  edit(seq: number, text: string): Promise<void> {
    if (text === '' || text.length > limits.textLength) return wrongText();
    const frame = { action: 'editMessage', id: crypto.randomUUID(), room: this.id, seq, text } as const;
    return this.#change(frame, edited(seq, text));
  }

  delete(seq: number): Promise<void> {
    const frame = { action: 'deleteMessage', id: crypto.randomUUID(), room: this.id, seq } as const;
    return this.#change(frame, deleted(seq, this.#link.me()));
  }

  react(seq: number, emoji: string, on: boolean): Promise<void> {
    const me = this.#link.me();
    const frame = { action: 'react', id: crypto.randomUUID(), room: this.id, seq, emoji, on } as const;
    return this.#change(frame, me === undefined ? undefined : reacted(seq, emoji, on, me));
  }

  markRead(seq: number): void {
    if (this.#state !== 'closed' && this.#reading.mark(seq)) this.#changed();
  }

  typing(): void {
    const now = performance.now();
    if (this.#state === 'closed' || now - this.#typedAt < this.#timing.typingEveryMs) return;
    if (this.#link.send({ action: 'typing', room: this.id })) this.#typedAt = now;
  }

  async loadOlder(limit = limits.newestPageSize): Promise<boolean> {
    await this.#loaded();
    const before = this.#log.messages[0]?.seq ?? this.#log.base + 1;
    if (before <= 1) return false;
    const { messages } = await this.#link.api().history(this.id, { before, limit });
    if (messages.length > 0) this.prepend(messages);
    return (messages[0]?.seq ?? 1) > 1;
  }

  prepend(messages: readonly Message[]): void {
    for (const message of messages) this.#log.add(message);
    this.#changed();
  }

  retry(id: string): Promise<Sent> {
    return this.#state === 'closed' ? this.#refuse() : this.#outbox.retry(id);
  }

  discard(id: string): void {
    this.#outbox.discard(id);
  }

  leave(): void {
    if (this.#state === 'closed') return;
    const seq = this.#reading.close();
    if (seq) this.#link.send(this.#markReadFrame(seq));
    this.#link.leave(this);
    this.close(new FanfareError('closed', `room ${this.id} was left`));
  }

  /** Ends the room without telling the server. */
  close(error: FanfareError): void {
    clearTimeout(this.#repair);
    this.#state = 'closed';
    this.#outbox.close(error);
    this.#requests.close(error);
    this.#reading.close();
    this.#people.close();
    this.#changed();
  }

  connected(): void {
    this.#outbox.resume();
    this.#requests.resume();
  }

  disconnected(): void {
    this.#outbox.pause();
    this.#requests.pause();
    if (this.#state === 'closed') return;
    this.#briefed = false;
    this.#held = [];
    const after = this.#after;
    if (after === undefined) return;
    if (this.#latestAt > 0) this.#changedAfter ??= Math.max(0, this.#latestAt - lateMs);
    // Not past a hole that a page or a live event just opened, nor past one that a repair had not reached.
    this.#from = Math.min(after, this.#log.cursor);
    if (this.#state === 'live') this.#state = 'recovering';
    this.#changed();
  }

  /** There is a new connection, and the old one is heard until this room is subscribed to on the new one. */
  moved(): void {
    if (this.#state !== 'live') return;
    this.#from = Math.min(this.#from ?? this.#log.cursor, this.#log.cursor);
    this.#held ??= [];
  }

  subscribed(reply: SubscribedRoom): boolean {
    if (this.#state === 'closed') return false;
    const replaced = this.#after === undefined || !reply.recovered;
    if (replaced) {
      this.#recovery = { missed: 0, complete: this.#after === undefined };
      this.#log.reset((reply.messages[0]?.seq ?? (reply.next ?? 0) + 1) - 1);
    }
    this.#briefed = reply.presentCut !== true;
    if (reply.present) this.#people.seed(reply.present);
    this.#reading.learned(reply.readSeq);
    for (const message of reply.messages) this.#catchUp(message, replaced);
    for (const message of reply.changes ?? []) this.#receiveChange(message);
    this.#from = reply.next;
    if (reply.changesCut) {
      // All is read again, since any of it may have changed.
      this.#from = this.#log.base;
      this.emit('stale', undefined);
    }
    if (this.#from === undefined) this.#caughtUp(replaced);
    this.#changed();
    return this.#from !== undefined || !this.#briefed;
  }

  refused(error: FanfareError): void {
    if (this.#state === 'closed') return;
    this.close(new FanfareError('unsubscribed', error.message));
    this.emit('error', error);
  }

  receive(events: readonly RoomEvent[]): void {
    const live = this.#state === 'live';
    // A page that replaces the log, while live, drops messages that came meanwhile; what is told of people stays.
    this.#held?.push(...events.filter((event) => !live || isMessage(event)));
    if (!live) return;
    for (const event of events) this.#happened(event);
    this.#changed();
  }

  /** Own reading, as the personal feed tells. */
  read(seq: number): void {
    if (this.#reading.learned(seq)) this.#changed();
  }

  acknowledged(frame: AckFrame): void {
    this.#outbox.acknowledged(frame);
    this.#requests.acknowledged(frame);
  }

  frameRefused(frame: ErrorFrame): void {
    this.#outbox.refused(frame);
    this.#requests.refused(frame);
  }

  /** Resolves once the first page is here; rejects if the room ends before. */
  async #loaded(): Promise<void> {
    while (this.#state === 'loading') await new Promise<void>((resolve) => this.#once(resolve));
    if (this.#state === 'closed') await this.#refuse();
  }

  #once(changed: () => void): void {
    const off = this.on('change', () => {
      off();
      changed();
    });
  }

  #refuse(): Promise<never> {
    return Promise.reject(new FanfareError('closed', `room ${this.id} is closed`));
  }

  async #change(frame: ChangeFrame, change: Change | undefined): Promise<void> {
    if (this.#state === 'closed') return this.#refuse();
    if (change) this.#overlay.add(change);
    const answer = this.#requests.request(frame);
    this.#changed();
    try {
      const { version } = await answer;
      if (change) this.#overlay.settle(change, version);
    } catch (error) {
      if (change) this.#overlay.remove(change);
      throw error;
    } finally {
      this.#changed();
    }
  }

  #markReadFrame(seq: number): MarkReadFrame {
    return { action: 'markRead', id: crypto.randomUUID(), room: this.id, seq };
  }

  get #after(): number | undefined {
    return this.#from ?? (this.#state === 'loading' ? undefined : this.#log.cursor);
  }

  #catchUp(message: MessageEvent, replaced: boolean): void {
    const added = this.#add(message);
    if (replaced) return;
    if (added === 'new') this.#recovery.missed++;
    this.#tell(added, message);
  }

  #happened(event: RoomEvent): void {
    if (event.at > this.#latestAt) this.#latestAt = event.at;
    switch (event.type) {
      case 'message':
        this.#people.said(event.sender, event.at);
        this.#tell(this.#add(event), event);
        break;
      case 'edited':
      case 'deleted':
      case 'reaction':
        this.#receiveChange(event.message);
        break;
      default:
        if (event.type === 'receipt' && event.userId === this.#link.me()) this.#reading.learned(event.seq);
        else if (this.#people.heard(event, this.#link.me())) this.#retell(event);
    }
  }

  #retell(event: RoomEvent): void {
    switch (event.type) {
      case 'joined':
        this.emit('joined', event);
        break;
      case 'left':
        this.emit('left', event);
        break;
      case 'member':
        this.emit('member', event);
        break;
      case 'room':
        this.emit('room', event);
        break;
    }
  }

  /** A change holds the whole message: above the log's beginning it is as good as the message itself. */
  #receiveChange(message: MessageEvent): void {
    const elsewhere = message.seq <= this.#log.base && !this.#log.get(message.seq);
    this.#tell(elsewhere ? 'changed' : this.#add(message), message);
  }

  #tell(added: Added, message: MessageEvent): void {
    if (added !== 'duplicate') this.emit(added === 'new' ? 'message' : 'changed', message);
  }

  #add(message: MessageEvent): Added {
    this.#latestAt = Math.max(this.#latestAt, message.at);
    this.#outbox.seen(message);
    return this.#log.add(message);
  }

  #caughtUp(replaced: boolean): void {
    const { missed, complete } = this.#recovery;
    const first = this.#state === 'loading' && replaced && complete;
    const silent = first || (this.#state === 'live' && missed === 0 && complete);
    this.#recovery = { missed: 0, complete: true };
    this.#state = 'live';
    this.#changedAfter = undefined;
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

function isMessage({ type }: RoomEvent): boolean {
  return type === 'message' || type === 'edited' || type === 'deleted' || type === 'reaction';
}

function wrongText(): Promise<never> {
  return Promise.reject(new FanfareError('invalid', `text: 1 to ${limits.textLength} characters`));
}
