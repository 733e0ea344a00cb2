import type { EventsFrame, ServerFrame } from '#shared/contract/frames.ts';
import { now, sleepUntil } from './clock.ts';
import { FrameReader } from './frame-reader.ts';
import { Ledger, type Receipt } from './ledger.ts';
import type { Channel } from './light-socket.ts';
import { messageId, newRun, numberOf } from './message-id.ts';

const text = 'Forty-two characters, as people write them';

const giveUpMs = 120_000;

/** Subscriptions that are under way at once. */
const atOnce = 50;

/** How long a drain waits. */
export interface Patience {
  /** Milliseconds without a frame after which nothing more is expected. */
  quietMs: number;
  longestMs: number;
}

/** One measurement: what is sent into one room from now on, and who is in it. */
interface Run {
  /** Tells its messages from others', by their ids. */
  name: string;
  room: string;
  /** The first so many channels are in the room. */
  connections: number;
  ledger: Ledger;
  /** By frame, so that each is looked through once. */
  receipts: WeakMap<EventsFrame, Receipt[]>;
}

/** Many clients of one system: subscribes and sends as people do, and writes down what comes to each. */
export class Crowd {
  readonly #answerTimeoutMs: number;
  readonly #channels: Channel[] = [];
  readonly #reader = new FrameReader();
  readonly #waiting = new Map<string, Waiter>();
  #run: Run | undefined;
  #lastFrameAt = 0;
  #awaited = { deliveries: Number.POSITIVE_INFINITY, wake: () => {} };
  /** Frames that were sent again. */
  resent = 0;
  /** What went wrong for good, by how often. */
  readonly problems = new Map<string, number>();

  /** @param answerTimeoutMs how long an answer is waited for until the frame is sent again; the client's time by default */
  constructor(answerTimeoutMs = 10_000) {
    this.#answerTimeoutMs = answerTimeoutMs;
  }

  get size(): number {
    return this.#channels.length;
  }

  add(channels: readonly Channel[]): void {
    for (const channel of channels) {
      const index = this.#channels.push(channel) - 1;
      channel.onText = (bytes, start, end) => this.#receive(index, bytes, start, end);
      channel.onEnd = (why) => this.#problem(`a connection ended: ${why}`);
    }
  }

  /** Subscribes every channel to its rooms; resolves when all were answered. */
  async subscribe(roomsOf: (index: number) => string[], progress: (done: number) => void): Promise<void> {
    const run = newRun();
    let done = 0;
    const waiting = this.#channels.entries();
    const lane = async () => {
      for (const [index, channel] of waiting) {
        const id = messageId(run, index);
        const rooms = roomsOf(index).map((room) => ({ room }));
        await this.#ask(channel, id, { action: 'subscribe', id, rooms });
        progress(++done);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  }

  /** Begins a measurement of `messages` messages in a room of the first `connections` channels; ends the one before. */
  begin(room: string, connections: number, messages: number): { name: string; ledger: Ledger } {
    const name = newRun();
    const ledger = new Ledger(connections, messages);
    this.#run = { name, room, connections, ledger, receipts: new WeakMap() };
    this.resent = 0;
    this.problems.clear();
    return { name, ledger };
  }

  /**
   * Sends messages `first` to `first + count - 1`, `rate` a second, by turns from the first `senders` channels, as the
   * schedule says and not as the answers come; resolves when all are answered.
   */
  async send(
    { first = 0, count, rate, senders }: { first?: number; count: number; rate: number; senders: number },
    progress: (sent: number) => void = () => {},
  ): Promise<void> {
    const run = this.#run;
    if (!run) throw new Error('No run has begun');
    const startedAt = now();
    const answers: Promise<void>[] = [];
    for (let sent = 0; sent < count; sent++) {
      await sleepUntil(startedAt + (sent * 1000) / rate);
      const message = first + sent;
      const channel = this.#channels[message % senders];
      if (!channel) throw new RangeError('More senders than channels');
      const id = messageId(run.name, message);
      run.ledger.sent(message, now());
      const frame = { action: 'sendMessage', id, room: run.room, text: `${text} ${message}` };
      answers.push(this.#ask(channel, id, frame));
      progress(sent + 1);
    }
    await Promise.all(answers);
  }

  /** Resolves when `deliveries` have come, or when nothing more comes. */
  async drain(deliveries: number, { quietMs, longestMs }: Patience): Promise<void> {
    const ledger = this.#run?.ledger;
    if (!ledger || ledger.deliveries >= deliveries) return;
    const startedAt = now();
    await new Promise<void>((resolve) => {
      const impatience = setInterval(
        () => {
          const at = now();
          if (at - startedAt > longestMs || at - Math.max(startedAt, this.#lastFrameAt) > quietMs) wake();
        },
        Math.min(quietMs, 100),
      );
      const wake = () => {
        clearInterval(impatience);
        this.#awaited = { deliveries: Number.POSITIVE_INFINITY, wake: () => {} };
        resolve();
      };
      this.#awaited = { deliveries, wake };
    });
  }

  close(): void {
    for (const channel of this.#channels) channel.terminate();
  }

  #receive(connection: number, bytes: Buffer, start: number, end: number): void {
    const at = now();
    const frame = this.#reader.read(bytes, start, end);
    // API Gateway's own answer to a route that failed has no id: the frame is sent again after its time.
    if (!frame) return;
    if (frame.type === 'events') this.#receiveEvents(connection, frame, at);
    else this.#receiveAnswer(frame, at);
  }

  #receiveEvents(connection: number, frame: EventsFrame, at: number): void {
    this.#lastFrameAt = at;
    const run = this.#run;
    if (!run || frame.room !== run.room) return;
    let receipts = run.receipts.get(frame);
    if (!receipts) {
      receipts = receiptsOf(frame, run.name);
      run.receipts.set(frame, receipts);
    }
    if (receipts.length === 0) return;
    if (connection < run.connections) run.ledger.received(connection, receipts, at);
    else this.#problem('a message came to somebody who is not in its room');
    if (run.ledger.deliveries >= this.#awaited.deliveries) this.#awaited.wake();
  }

  #receiveAnswer(frame: ServerFrame, at: number): void {
    const run = this.#run;
    if (run && frame.type === 'ack') {
      const message = numberOf(frame.id, run.name);
      if (message !== undefined) run.ledger.acknowledged(message, at);
    }
    const waiter = 'id' in frame && frame.id !== undefined ? this.#waiting.get(frame.id) : undefined;
    if (!waiter) return;
    if (frame.type !== 'error' || frame.code !== 'unavailable') waiter.answer = frame;
    waiter.wake();
  }

  /** Sends a frame until it is answered, each time with the same id, as clients do. */
  async #ask(channel: Channel, id: string, frame: object): Promise<void> {
    const giveUpAt = now() + giveUpMs;
    const waiter: Waiter = { answer: undefined, wake: () => {} };
    this.#waiting.set(id, waiter);
    for (let tried = 0; waiter.answer === undefined && now() < giveUpAt; tried++) {
      if (tried > 0) this.resent++;
      channel.send(JSON.stringify(frame));
      await woken(waiter, this.#answerTimeoutMs);
      if (waiter.answer === undefined)
        await sleepUntil(now() + Math.random() * Math.min(10_000, 250 * 2 ** tried));
    }
    this.#waiting.delete(id);
    const { answer } = waiter;
    if (answer === undefined) this.#problem('a frame was never answered');
    else if (answer.type === 'error')
      this.#problem(`a frame was refused: ${answer.code} (${answer.message})`);
  }

  #problem(what: string): void {
    this.problems.set(what, (this.problems.get(what) ?? 0) + 1);
  }
}

function receiptsOf(frame: EventsFrame, run: string): Receipt[] {
  return frame.events.flatMap((event) => {
    if (event.type !== 'message') return [];
    const message = numberOf(event.id, run);
    return message === undefined ? [] : [{ message, seq: event.seq }];
  });
}

/** A frame that was sent. */
interface Waiter {
  /** Its answer, unless that is `unavailable`. */
  answer: ServerFrame | undefined;
  /** Called at any answer. */
  wake(): void;
}

/** Resolves at an answer of whatever kind, or when there was none for too long. */
async function woken(waiter: Waiter, timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    waiter.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
