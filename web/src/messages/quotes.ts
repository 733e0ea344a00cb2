import { ApiError, type FanfareApi, type Message, type Room } from '#client';

/** A message that is quoted: itself, `missing` where there is none, or undefined while it is not known. */
export type Quoted = Message | 'missing' | undefined;

/** Messages that others answer: those that are shown, and those that are read one by one, each once. */
export class Quotes {
  readonly #room: Room;
  readonly #api: Pick<FanfareApi, 'message'>;
  readonly #known = new Map<number, Quoted>();
  readonly #asked = new Set<number>();
  readonly #listeners = new Set<() => void>();
  readonly #ending: () => void;

  constructor(room: Room, api: Pick<FanfareApi, 'message'>) {
    this.#room = room;
    this.#api = api;
    this.#ending = room.on('changed', (message) => {
      if (this.#known.has(message.seq)) this.#learn(message.seq, message);
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get(seq: number): Quoted {
    return this.#known.get(seq);
  }

  /** Reads a message that is not known yet. */
  async want(seq: number): Promise<void> {
    if (this.#asked.has(seq)) return;
    this.#asked.add(seq);
    const shown = this.#room.messages.find((message) => message.seq === seq);
    if (shown) return this.#learn(seq, shown);
    try {
      this.#learn(seq, await this.#api.message(this.#room.id, seq));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return this.#learn(seq, 'missing');
      // It stays a quote without text, and is asked for when it is next shown.
      console.warn('A quoted message could not be read', error);
      this.#asked.delete(seq);
    }
  }

  close(): void {
    this.#ending();
    this.#listeners.clear();
  }

  #learn(seq: number, quoted: Quoted): void {
    this.#known.set(seq, quoted);
    for (const listener of this.#listeners) listener();
  }
}
