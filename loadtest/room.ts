import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { EventsFrame, ServerFrame } from '#shared/contract/frames.ts';
import { FrameReader } from './frame-reader.ts';
import type { Ledger, Receipt } from './ledger.ts';
import { sleepUntil } from './people.ts';

/** The room that everybody is a member of from their first sign-in on. */
const room = 'general';
const text = 'Forty-two characters, as people write them';

/** A frame that was not answered for so long is sent again, as the client does. */
const answerTimeoutMs = 10_000;
const giveUpMs = 120_000;
/** Longer than the deliveries queue's visibility timeout: what a worker dropped comes again within it. */
const quietMs = 40_000;
const longestDrainMs = 180_000;

/** Everybody in one room: subscribes the sockets, sends from some, and writes down what comes to each. */
export class LoadedRoom {
  readonly #sockets: WebSocket[];
  readonly #ledger: Ledger;
  readonly #reader = new FrameReader();
  /** Tells this run's messages from others'. */
  readonly #run = randomUUID().slice(0, 8);
  readonly #receipts = new WeakMap<EventsFrame, Receipt[]>();
  readonly #waiting = new Map<string, Waiter>();
  #lastFrameAt = 0;
  /** Frames that were sent again. */
  resent = 0;
  /** What went wrong for good, by how often. */
  readonly problems = new Map<string, number>();

  constructor(sockets: WebSocket[], ledger: Ledger) {
    this.#sockets = sockets;
    this.#ledger = ledger;
    sockets.forEach((socket, index) => {
      socket.on('message', (data) => {
        if (Buffer.isBuffer(data)) this.#receive(index, data);
      });
      socket.on('close', (code) => this.#problem(`a connection was closed with ${code}`));
      socket.on('error', (error) => this.#problem(error.message));
    });
  }

  /** Resolves when every socket was answered. */
  async subscribe(progress: (done: number) => void): Promise<void> {
    let done = 0;
    for (let start = 0; start < this.#sockets.length; start += 50) {
      const some = this.#sockets.slice(start, start + 50);
      await Promise.all(
        some.map(async (socket, index) => {
          const id = `${this.#run}-subscribe-${start + index}`;
          await this.#ask(socket, id, { action: 'subscribe', id, rooms: [{ room }] });
          progress(++done);
        }),
      );
    }
  }

  /** Sends `count` messages, `rate` a second, by turns from the first `senders` sockets; resolves when all are answered. */
  async send(count: number, rate: number, senders: number, progress: (sent: number) => void): Promise<void> {
    const startedAt = performance.now();
    const answers: Promise<void>[] = [];
    for (let message = 0; message < count; message++) {
      await sleepUntil(startedAt + (message * 1000) / rate);
      const socket = this.#sockets[message % senders];
      if (!socket) throw new RangeError('More senders than sockets');
      const id = `${this.#run}-${message}`;
      this.#ledger.sent(message, performance.now());
      answers.push(this.#ask(socket, id, { action: 'sendMessage', id, room, text: `${text} ${message}` }));
      progress(message + 1);
    }
    await Promise.all(answers);
  }

  /** Resolves when `deliveries` have come, or when nothing more comes. */
  async drain(deliveries: number): Promise<void> {
    const startedAt = performance.now();
    while (this.#ledger.deliveries < deliveries) {
      const now = performance.now();
      if (now - startedAt > longestDrainMs || now - Math.max(startedAt, this.#lastFrameAt) > quietMs) return;
      await sleepUntil(now + 100);
    }
    // Duplicates of the last messages, if there are any, follow at once.
    await sleepUntil(performance.now() + 1_000);
  }

  close(): void {
    for (const socket of this.#sockets) {
      socket.removeAllListeners('close');
      socket.terminate();
    }
  }

  #receive(connection: number, bytes: Buffer): void {
    const now = performance.now();
    const frame = this.#reader.read(bytes);
    // API Gateway's own answer to a route that failed has no id: the frame is sent again after its time.
    if (!frame) return;
    if (frame.type === 'events') {
      this.#lastFrameAt = now;
      const receipts = this.#receiptsOf(frame);
      if (receipts.length > 0) this.#ledger.received(connection, receipts, now);
      return;
    }
    if (frame.type === 'ack') {
      const message = this.#messageOf(frame.id);
      if (message !== undefined) this.#ledger.acknowledged(message, now);
    }
    const waiter = 'id' in frame && frame.id !== undefined ? this.#waiting.get(frame.id) : undefined;
    if (!waiter) return;
    if (frame.type !== 'error' || frame.code !== 'unavailable') waiter.answer = frame;
    waiter.wake();
  }

  #receiptsOf(frame: EventsFrame): Receipt[] {
    const known = this.#receipts.get(frame);
    if (known) return known;
    const receipts = frame.events.flatMap(({ id, seq }) => {
      const message = this.#messageOf(id);
      return message === undefined ? [] : [{ message, seq }];
    });
    this.#receipts.set(frame, receipts);
    return receipts;
  }

  #messageOf(id: string): number | undefined {
    if (!id.startsWith(`${this.#run}-`)) return undefined;
    const message = Number(id.slice(this.#run.length + 1));
    return Number.isInteger(message) ? message : undefined;
  }

  /** Sends a frame until it is answered, each time with the same id, as clients do. */
  async #ask(socket: WebSocket, id: string, frame: object): Promise<void> {
    const giveUpAt = performance.now() + giveUpMs;
    const waiter: Waiter = { answer: undefined, wake: () => {} };
    this.#waiting.set(id, waiter);
    for (let tried = 0; waiter.answer === undefined && performance.now() < giveUpAt; tried++) {
      if (tried > 0) this.resent++;
      socket.send(JSON.stringify(frame));
      await woken(waiter);
      if (waiter.answer === undefined)
        await sleepUntil(performance.now() + Math.random() * Math.min(10_000, 250 * 2 ** tried));
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

/** A frame that was sent. */
interface Waiter {
  /** Its answer, unless that is `unavailable`. */
  answer: ServerFrame | undefined;
  /** Called at any answer. */
  wake(): void;
}

/** Resolves at an answer of whatever kind, or when there was none for too long. */
async function woken(waiter: Waiter): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, answerTimeoutMs);
    waiter.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
