import type { Attachment } from '#shared/contract/attachments.ts';
import type { AckFrame, ErrorFrame, SendMessageFrame } from '#shared/contract/frames.ts';
import { FanfareError } from './errors.ts';
import { backoffMs, type Timing } from './timing.ts';

/** A message of ours that has not come back from the room yet. */
export interface PendingMessage {
  /** Names the message from the first attempt on; the room's copy carries it too. */
  readonly id: string;
  readonly text: string;
  readonly replyTo?: number;
  readonly attachments?: Attachment[];
  /** When it was written, in ms since the epoch, by this machine's clock. */
  readonly at: number;
  readonly state: 'sending' | 'sent' | 'failed';
  /** Its place in the room, once `sent`. */
  readonly seq?: number;
  /** Why it failed. */
  readonly error?: FanfareError;
}

export interface SendOptions {
  /** The seq of the message that this one answers. */
  replyTo?: number;
  /** Files that were uploaded before. */
  attachments?: Attachment[];
}

/** Where a message went: its place in the room, and when it was written (ms since the epoch, the server's clock). */
export interface Sent {
  seq: number;
  sentAt: number;
}

interface Entry {
  message: PendingMessage;
  sent: PromiseWithResolvers<Sent>;
  /** How often the server was unavailable for it. */
  failures: number;
}

interface Wire {
  /** False while there is no connection. */
  send(frame: SendMessageFrame): boolean;
  /** An answer is overdue. */
  probe(): void;
  changed(): void;
}

/**
 * What we say in one room, in the order in which it was said. One message is under way at a time: the server runs
 * frames in parallel, and only an acknowledged message is sure to come before the next one. So a resend can never be
 * older than the ids that the server remembers (`limits.rememberedSends`) either.
 */
export class Outbox {
  readonly #room: string;
  readonly #timing: Timing;
  readonly #wire: Wire;
  #entries: Entry[] = [];
  #underway: Entry | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(room: string, timing: Timing, wire: Wire) {
    this.#room = room;
    this.#timing = timing;
    this.#wire = wire;
  }

  get pending(): readonly PendingMessage[] {
    return this.#entries.map(({ message }) => message);
  }

  /** The highest seq among acknowledged messages that did not come back yet; 0 where there is none. */
  get lastSeq(): number {
    return Math.max(0, ...this.#entries.map(({ message }) => message.seq ?? 0));
  }

  add(text: string, { replyTo, attachments }: SendOptions): Promise<Sent> {
    const id = crypto.randomUUID();
    const message: PendingMessage = {
      id,
      text,
      ...(replyTo && { replyTo }),
      ...(attachments?.length && { attachments }),
      at: Date.now(),
      state: 'sending',
    };
    return this.#enqueue(message);
  }

  /** Sends a failed message again, after those that wait. */
  retry(id: string): Promise<Sent> {
    const failed = this.#take(id);
    if (!failed) return Promise.reject(new FanfareError('invalid', 'no failed message has this id'));
    const { error: _, ...message } = failed.message;
    return this.#enqueue({ ...message, at: Date.now(), state: 'sending' });
  }

  /** Forgets a failed message. */
  discard(id: string): void {
    if (this.#take(id)) this.#wire.changed();
  }

  /** There is a new connection: what was not acknowledged is sent again. */
  resume(): void {
    this.pause();
    this.#next();
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.#underway = undefined;
  }

  /** Fails what was not acknowledged. */
  close(error: FanfareError): void {
    this.pause();
    for (const entry of this.#entries) if (entry.message.state === 'sending') this.#fail(entry, error);
  }

  acknowledged({ id, seq, sentAt }: AckFrame): void {
    const entry = this.#entries.find(({ message }) => message.id === id);
    if (entry?.message.state !== 'sending' || seq === undefined) return;
    entry.message = { ...entry.message, state: 'sent', seq };
    entry.sent.resolve({ seq, sentAt: sentAt ?? entry.message.at });
    this.#finish(entry);
    this.#wire.changed();
  }

  refused({ id, code, message, retryAfterMs }: ErrorFrame): void {
    const entry = this.#underway;
    if (!entry || entry.message.id !== id) return;
    if (code === 'rate_limited') {
      this.#again(retryAfterMs ?? backoffMs(entry.failures++, this.#timing));
    } else if (code === 'unavailable') {
      this.#again(backoffMs(entry.failures++, this.#timing));
    } else {
      this.#fail(entry, new FanfareError(code, message));
      this.#finish(entry);
      this.#wire.changed();
    }
  }

  /** The room's copy of a message was seen: ours goes, also when its ack was lost. */
  seen({ id, seq, at }: { id: string; seq: number; at: number }): void {
    const entry = this.#entries.find(({ message }) => message.id === id);
    if (!entry) return;
    this.#entries = this.#entries.filter((other) => other !== entry);
    entry.sent.resolve({ seq, sentAt: at });
    this.#finish(entry);
  }

  /** The room's history is complete up to `seq`: what was acknowledged up to there needs no copy of ours. */
  complete(seq: number): void {
    this.#entries = this.#entries.filter(({ message }) => (message.seq ?? Number.POSITIVE_INFINITY) > seq);
  }

  #enqueue(message: PendingMessage): Promise<Sent> {
    const entry: Entry = { message, sent: Promise.withResolvers(), failures: 0 };
    // Who only looks at `pending` sees the failure there; an unhandled rejection would end a Node process.
    entry.sent.promise.catch(() => undefined);
    this.#entries.push(entry);
    this.#next();
    this.#wire.changed();
    return entry.sent.promise;
  }

  #next(): void {
    if (this.#underway) return;
    const entry = this.#entries.find(({ message }) => message.state === 'sending');
    if (entry) this.#transmit(entry);
  }

  #transmit(entry: Entry): void {
    const { id, text, replyTo, attachments } = entry.message;
    const frame: SendMessageFrame = {
      action: 'sendMessage',
      id,
      room: this.#room,
      text,
      ...(replyTo && { replyTo }),
      ...(attachments && { attachments }),
    };
    if (!this.#wire.send(frame)) return;
    this.#underway = entry;
    this.#timer = setTimeout(() => {
      this.#wire.probe();
      this.#transmit(entry);
    }, this.#timing.answerTimeoutMs);
  }

  #again(delayMs: number): void {
    const entry = this.#underway;
    clearTimeout(this.#timer);
    if (entry) this.#timer = setTimeout(() => this.#transmit(entry), delayMs);
  }

  #finish(entry: Entry): void {
    if (this.#underway !== entry) return;
    this.pause();
    this.#next();
  }

  #fail(entry: Entry, error: FanfareError): void {
    entry.message = { ...entry.message, state: 'failed', error };
    entry.sent.reject(error);
  }

  #take(id: string): Entry | undefined {
    const entry = this.#entries.find(({ message }) => message.id === id && message.state === 'failed');
    if (entry) this.#entries = this.#entries.filter((other) => other !== entry);
    return entry;
  }
}
