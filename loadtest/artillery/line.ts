import { setTimeout as sleep } from 'node:timers/promises';
import type { RawData, WebSocket } from 'ws';
import type { ClientFrame, EventsFrame, ServerFrame } from '#shared/contract/frames.ts';
import { FrameReader } from '../client/frame-reader.ts';
import type { Meter } from './meter.ts';

/** As the client: a frame without an answer for so long is sent again, with the same id. */
const answerTimeoutMs = 10_000;
const giveUpMs = 60_000;

type Asked = Extract<ClientFrame, { id: string }>;

/** What became of a frame that was sent. */
type Answer = ServerFrame | 'none in time' | 'new socket';

/** A frame was refused for good, or never answered. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** One reader for everybody: a frame that goes to a whole room is parsed once. */
const reader = new FrameReader();

/** What a person says and hears, over one socket after another. */
export class Line {
  readonly #meter: Meter;
  readonly #onEvents: (frame: EventsFrame) => void;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  #socket: WebSocket | undefined;

  constructor(meter: Meter, onEvents: (frame: EventsFrame) => void) {
    this.#meter = meter;
    this.#onEvents = onEvents;
  }

  /** Speaks over this socket from now on. What is still unanswered is sent again. */
  use(socket: WebSocket): void {
    this.#socket = socket;
    // Artillery's `send` with `match` would put itself between; a listener of one's own hears everything.
    // Artillery's own ws is of version 7, which gives text as a string.
    socket.on('message', (data: RawData | string) => {
      if (typeof data === 'string') this.#hear(Buffer.from(data));
      else if (Buffer.isBuffer(data)) this.#hear(data);
    });
    for (const wake of [...this.#waiting.values()]) wake('new socket');
  }

  /**
   * Sends a frame, with the same id again where need be, until it is answered.
   * @param onNewSocket called when it is sent again because the socket that it went out by is gone
   * @throws Refused
   */
  async ask(frame: Asked, onNewSocket?: () => void): Promise<ServerFrame> {
    const giveUpAt = performance.now() + giveUpMs;
    for (let tried = 0; performance.now() < giveUpAt; tried++) {
      if (tried > 0) this.#meter.count('resent');
      const answer = await this.#once(frame);
      if (answer === 'new socket') onNewSocket?.();
      if (typeof answer === 'string') continue;
      if (answer.type !== 'error') return answer;
      this.#meter.count(`error.${answer.code}`);
      if (answer.code === 'rate_limited') await sleep(answer.retryAfterMs ?? 1_000);
      else if (answer.code === 'unavailable') await sleep(Math.random() * Math.min(10_000, 250 * 2 ** tried));
      else throw new Refused(`${frame.action} was refused: ${answer.code} (${answer.message})`);
    }
    this.#meter.count('error.unanswered');
    throw new Refused(`${frame.action} was not answered in ${giveUpMs / 1000} s`);
  }

  async #once(frame: Asked): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    this.#waiting.set(frame.id, answer.resolve);
    const timer = setTimeout(answer.resolve, answerTimeoutMs, 'none in time');
    if (this.#socket?.readyState === this.#socket?.OPEN) this.#socket?.send(JSON.stringify(frame));
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(frame.id);
    }
  }

  #hear(data: Buffer): void {
    const frame = reader.read(data, 0, data.length);
    // API Gateway's own answers are not of the contract, and do not say which frame they are about: it is sent again.
    if (!frame) this.#meter.count('error.gateway');
    else if (frame.type === 'events') this.#onEvents(frame);
    else if ('id' in frame && frame.id !== undefined) this.#waiting.get(frame.id)?.(frame);
  }
}
