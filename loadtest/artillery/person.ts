import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { EventsFrame, SubscribedFrame } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import { bearerPrefix, subprotocol } from '#shared/contract/protocol.ts';
import type { Books, View } from './books.ts';
import type { Identity } from './brief.ts';
import { Line, Refused } from './line.ts';
import type { Meter } from './meter.ts';
import type { Moment } from './plan.ts';

/** As the client: a failed connection is tried again after a random time up to this, doubled each time, up to the cap. */
const backoff = { baseMs: 500, capMs: 10_000 };
const openTimeoutMs = 15_000;
/** Whoever has not come back by then counts as lost to the service. */
const patienceMs = 60_000;

interface Surroundings {
  url: string;
  books: Books;
  meter: Meter;
  now(): Moment | undefined;
}

/** Somebody with a phone: joins rooms, mostly listens, says something now and then, loses the network and comes back. */
export class Person {
  readonly #identity: Identity;
  readonly #around: Surroundings;
  readonly #line: Line;
  readonly #views = new Map<string, View>();
  #socket: WebSocket | undefined;
  #speaking: Promise<void> | undefined;
  #away: Promise<WebSocket> | undefined;
  #left = false;

  constructor(identity: Identity, around: Surroundings) {
    this.#identity = identity;
    this.#around = around;
    this.#line = new Line(around.meter, (frame) => this.#hear(frame));
  }

  /** What a browser offers at the upgrade: the token is never part of the URL. */
  get subprotocols(): string[] {
    return [subprotocol, bearerPrefix + this.#identity.token];
  }

  /**
   * Enters the own rooms, over a socket that is open.
   * @throws Refused
   */
  async join(socket: WebSocket): Promise<void> {
    this.#use(socket);
    for (const { room, lastSeq, messages } of await this.#subscribe(
      this.#identity.rooms.map((room) => ({ room })),
    )) {
      const view = this.#around.books.joined(room, lastSeq);
      this.#views.set(room, view);
      for (const message of messages) this.#around.books.received(view, message, performance.now());
    }
  }

  /**
   * Says one thing, in one of the own rooms, unless the last thing is still unanswered: people wait, and a room's
   * messages stay in their author's order.
   */
  say(): void {
    const { meter, books } = this.#around;
    if (this.#speaking) {
      meter.count('held_back');
      return;
    }
    const room = this.#identity.rooms[Math.floor(Math.random() * this.#identity.rooms.length)];
    if (room === undefined) return;
    const id = randomUUID();
    const text = `Said by ${this.#identity.name} in a load test, to all of ${room}`;
    // What went down with a socket goes out anew with the next: being away is nobody's latency.
    const noteSent = () => books.sent(id, room, performance.now());
    noteSent();
    meter.count('sent');
    this.#speaking = this.#line
      .ask({ action: 'sendMessage', id, room, text }, noteSent)
      .then((answer) => {
        if (answer.type !== 'ack' || answer.seq === undefined)
          throw new Refused(`sendMessage was answered with ${answer.type}`);
        meter.count('acknowledged');
        meter.time('ack_ms', books.acknowledged(id, answer.seq, performance.now()));
      })
      .catch((error: unknown) => {
        // It is counted by its code where it was refused, and as unacknowledged in the audit.
        if (!(error instanceof Refused)) throw error;
      })
      .finally(() => {
        this.#speaking = undefined;
      });
  }

  /** Resolves when the last thing said was answered, or given up. */
  async finishSpeaking(): Promise<void> {
    await this.#speaking;
  }

  /**
   * Loses the socket, is away for so long, and comes back to the same place in every room. Returns the new socket.
   * @throws Refused
   */
  async dropFor(awayMs: number): Promise<WebSocket> {
    const lost = this.#socket;
    this.#socket = undefined;
    lost?.terminate();
    this.#away ??= sleep(awayMs)
      .then(() => this.#comeBack())
      .finally(() => {
        this.#away = undefined;
      });
    return await this.#away;
  }

  leave(): void {
    this.#left = true;
    this.#socket?.close();
  }

  /** New socket, then every room from where the own log ends, page by page. */
  async #comeBack(): Promise<WebSocket> {
    const { meter } = this.#around;
    const startedAt = performance.now();
    const socket = await this.#reconnect(startedAt);
    const openAt = performance.now();
    meter.time('reconnect_ms', openAt - startedAt);
    this.#use(socket);
    let asked = [...this.#views].map(([room, { log }]) => ({ room, after: log.cursor }));
    while (asked.length > 0) {
      const pages = await this.#subscribe(asked);
      for (const { room, messages, recovered } of pages) {
        const view = this.#views.get(room);
        if (!recovered) meter.count('not_recovered');
        if (!view) continue;
        const receipts = messages.map((message) =>
          this.#around.books.received(view, message, performance.now()),
        );
        meter.count('resumed', receipts.filter(({ isNew }) => isNew).length);
      }
      asked = pages.flatMap(({ room, next }) => (next === undefined ? [] : [{ room, after: next }]));
    }
    meter.time('resume_ms', performance.now() - openAt);
    meter.count('reconnected');
    return socket;
  }

  async #reconnect(startedAt: number): Promise<WebSocket> {
    const { url, meter } = this.#around;
    for (let tried = 0; performance.now() - startedAt < patienceMs && !this.#left; tried++) {
      await sleep(Math.random() * Math.min(backoff.capMs, backoff.baseMs * 2 ** tried));
      const socket = new WebSocket(url, this.subprotocols, {
        handshakeTimeout: openTimeoutMs,
        perMessageDeflate: false,
      });
      try {
        await once(socket, 'open');
        return socket;
      } catch (error) {
        meter.count(`error.connect: ${error instanceof Error ? error.message : error}`);
      }
    }
    if (!this.#left) meter.count('never_back');
    throw new Refused(`somebody could not come back in ${patienceMs / 1000} s`);
  }

  #use(socket: WebSocket): void {
    this.#socket = socket;
    this.#line.use(socket);
    // Artillery's own listener ends the virtual user a second time.
    socket.removeAllListeners('error');
    socket.on('error', () => {
      // A close follows, and is counted.
    });
    socket.on('close', () => {
      if (this.#left || this.#socket !== socket) return;
      this.#around.meter.count('dropped');
      this.dropFor(0).catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error;
      });
    });
  }

  async #subscribe(rooms: { room: string; after?: number }[]): Promise<SubscribedFrame['rooms']> {
    const answered: SubscribedFrame['rooms'] = [];
    for (let start = 0; start < rooms.length; start += limits.roomsPerSubscribe) {
      const some = rooms.slice(start, start + limits.roomsPerSubscribe);
      const answer = await this.#line.ask({ action: 'subscribe', id: randomUUID(), rooms: some });
      if (answer.type !== 'subscribed') throw new Refused(`subscribe was answered with ${answer.type}`);
      answered.push(...answer.rooms);
    }
    return answered;
  }

  #hear({ room, events }: EventsFrame): void {
    const { books, meter, now } = this.#around;
    const view = this.#views.get(room);
    // The answer to the first `subscribe` is not here yet, and will hold these messages.
    if (!view) return;
    const at = performance.now();
    const phase = now()?.phase ?? 'after';
    for (const message of events) {
      if (message.type !== 'message') continue;
      const { isNew, isLate, ms } = books.received(view, message, at);
      meter.count('received');
      if (!isNew) meter.count('copies');
      else if (isLate) meter.count('late');
      if (!isNew || ms === undefined) continue;
      meter.time('push_ms', ms);
      meter.time(`push_ms_${phase}`, ms);
    }
  }
}
