import { ApiError, type FanfareApi, type Message, type Room, RoomLog } from '#client';

/** Whether there is more at an end of what is shown, and how it is with reading that. */
export type More = 'none' | 'some' | 'loading' | 'failed';

export interface TimelineView {
  messages: readonly Message[];
  /** The newest messages are among them, and new ones come by themselves. */
  live: boolean;
  older: More;
  newer: More;
}

/** What the timeline needs of the HTTP API. */
type HistoryApi = Pick<FanfareApi, 'history'>;

/** Messages of one request: the most that the API gives. Whoever scrolls fast needs few of them. */
const pageSize = 200;
/** Of the first page around a message, where speed is what counts. */
const aroundSize = 80;

/**
 * The part of a room's history that is shown: its newest messages and as many older ones as were read, or, detached
 * from those, a stretch around an older message. The stretch grows both ways, and becomes one with the newest messages
 * where it reaches them.
 */
export class Timeline {
  readonly #room: Room;
  readonly #api: HistoryApi;
  readonly #listeners = new Set<() => void>();
  readonly #endings: (() => void)[];
  /** The stretch, while detached. */
  #stretch: RoomLog | undefined;
  /** At or under it is nothing more: the first seq that was read together with its absence of older ones. */
  #beginning = 1;
  #loading: { older: boolean; newer: boolean } = { older: false, newer: false };
  #failed: { older: boolean; newer: boolean } = { older: false, newer: false };
  /** Counts the jumps: what an earlier one still reads is not wanted any more. */
  #jump = 0;
  #view: TimelineView;

  constructor(room: Room, api: HistoryApi) {
    this.#room = room;
    this.#api = api;
    this.#view = this.#look();
    this.#endings = [
      room.on('change', () => this.#changed()),
      room.on('changed', (message) => this.#mend(message)),
      room.on('message', (message) => this.#late(message)),
      room.on('stale', () => void this.#reread()),
    ];
  }

  get view(): TimelineView {
    return this.#view;
  }

  /** Listens for another view; the returned function ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  close(): void {
    for (const end of this.#endings) end();
    this.#listeners.clear();
  }

  /** Reads the page before what is shown. A failure shows in `view.older`; the next call tries again. */
  loadOlder(): Promise<void> {
    return this.#load('older', async (jump) => {
      if (!this.#stretch) {
        const before = this.#room.messages[0]?.seq;
        const some = await this.#room.loadOlder(pageSize);
        if (!some || this.#room.messages[0]?.seq === before) {
          this.#beginning = Math.max(this.#beginning, this.#room.messages[0]?.seq ?? 1);
        }
        return;
      }
      const first = this.#stretch.messages[0]?.seq ?? 1;
      const { messages } = await this.#api.history(this.#room.id, { before: first, limit: pageSize });
      if (jump !== this.#jump) return;
      this.#add(messages);
      // Not a short page: the server may give fewer than it was asked for.
      if (messages.length === 0) this.#beginning = first;
    });
  }

  /** Reads the page after what is shown, while that is not the newest. */
  loadNewer(): Promise<void> {
    return this.#load('newer', async (jump) => {
      const after = this.#stretch?.newest;
      if (after === undefined) return;
      const { messages } = await this.#api.history(this.#room.id, { after, limit: pageSize });
      if (jump !== this.#jump) return;
      this.#add(messages);
      if (messages.length === 0) this.#attach();
    });
  }

  /**
   * Shows the message of this seq, with what is around it. Resolves to the seq of the message that is there, or of the
   * next one where there is none; undefined where another jump came between. Rejects as the API does.
   */
  async goTo(seq: number): Promise<number | undefined> {
    const jump = ++this.#jump;
    const here = this.#nearest(seq);
    if (here !== undefined) return here;
    const { messages } = await this.#api.history(this.#room.id, { around: seq, limit: aroundSize });
    if (jump !== this.#jump) return undefined;
    this.#loading = { older: false, newer: false };
    this.#failed = { older: false, newer: false };
    this.#stretch = new RoomLog((messages[0]?.seq ?? 1) - 1);
    // Half of the page is of before the seq: where there is nothing of that, there is nothing at all.
    const first = messages[0]?.seq ?? 1;
    if (first >= seq) this.#beginning = Math.max(this.#beginning, first);
    this.#add(messages);
    this.#changed();
    return this.#nearest(seq) ?? this.#view.messages.at(-1)?.seq;
  }

  /** Shows the newest messages. */
  toPresent(): void {
    this.#jump++;
    if (!this.#stretch) return;
    this.#stretch = undefined;
    this.#loading = { older: false, newer: false };
    this.#failed = { older: false, newer: false };
    this.#changed();
  }

  /** Of what is shown: the message of this seq, or the next one, if the seq lies between the first and the last. */
  #nearest(seq: number): number | undefined {
    const { messages, older } = this.#view;
    const first = messages[0];
    const last = messages.at(-1);
    if (!first || !last || seq > last.seq || (seq < first.seq && older !== 'none')) return undefined;
    return messages.find((message) => message.seq >= seq)?.seq;
  }

  async #load(end: 'older' | 'newer', read: (jump: number) => Promise<void>): Promise<void> {
    const more = this.#view[end];
    if (more === 'none' || more === 'loading') return;
    const jump = this.#jump;
    this.#loading = { ...this.#loading, [end]: true };
    this.#changed();
    let failed = false;
    try {
      await read(jump);
    } catch (error) {
      failed = true;
      // A server that cannot be reached is shown where the page would be; anything else is worth a line too.
      if (!(error instanceof ApiError || error instanceof TypeError)) console.error(error);
    }
    if (jump !== this.#jump) return;
    this.#loading = { ...this.#loading, [end]: false };
    this.#failed = { ...this.#failed, [end]: failed };
    this.#changed();
  }

  /** Puts a page into the stretch, which ends where it overlaps with the newest messages. */
  #add(messages: readonly Message[]): void {
    for (const message of messages) this.#stretch?.add(message);
    const newest = this.#room.messages;
    const last = this.#stretch?.messages.at(-1)?.seq ?? 0;
    if (newest[0] && last >= newest[0].seq) this.#attach();
  }

  /** The stretch has reached the newest messages: they are one from now on. */
  #attach(): void {
    const stretch = this.#stretch?.messages ?? [];
    this.#stretch = undefined;
    this.#room.prepend(stretch);
  }

  #mend(message: Message): void {
    if (this.#stretch?.get(message.seq) && this.#stretch.add(message) === 'changed') this.#changed();
  }

  /** Two people raced for a number, and one's message comes after a later one. */
  #late(message: Message): void {
    const stretch = this.#stretch;
    if (!stretch || message.seq > stretch.newest || message.seq <= stretch.base) return;
    stretch.add(message);
    this.#changed();
  }

  /** Any of the stretch may have changed unnoticed. */
  async #reread(): Promise<void> {
    const messages = this.#stretch?.messages ?? [];
    const middle = messages[messages.length >> 1];
    if (!middle) return;
    const jump = this.#jump;
    try {
      const page = await this.#api.history(this.#room.id, { around: middle.seq, limit: pageSize });
      if (jump !== this.#jump) return;
      for (const message of page.messages) this.#mend(message);
    } catch (error) {
      console.warn('Messages could not be read again', error);
    }
  }

  #changed(): void {
    const view = this.#look();
    const { messages, live, older, newer } = this.#view;
    if (view.messages === messages && view.live === live && view.older === older && view.newer === newer)
      return;
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }

  #look(): TimelineView {
    const messages = this.#stretch?.messages ?? this.#room.messages;
    const live = this.#stretch === undefined;
    const first = messages[0]?.seq ?? 0;
    const more = (end: 'older' | 'newer', some: boolean): More => {
      if (!some) return 'none';
      if (this.#loading[end]) return 'loading';
      return this.#failed[end] ? 'failed' : 'some';
    };
    return {
      messages,
      live,
      older: more('older', first > this.#beginning),
      newer: more('newer', !live),
    };
  }
}
