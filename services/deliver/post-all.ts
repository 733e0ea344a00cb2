import type { ConnectionId } from '#shared/storage/connections.ts';
import type { Payload, PostOutcome, PostReceiver } from './post.ts';
import type { Slots, Source } from './slots.ts';

/** Tries a post within one invocation; what fails them all is requeued. */
const attempts = 3;
const baseDelayMs = 50;

/** How long the last connections may keep an invocation from its next job. A healthy post takes about ten ms. */
const patienceMs = 1_000;

/** How posts are made, and how many at once. */
export interface Poster {
  /** Posts once, and tells the receiver, never before this returns. */
  post: (connectionId: string, payload: Payload, receiver: PostReceiver) => void;
  slots: Slots;
}

/** What came of posting a shard's frames. */
export interface PostResults {
  delivered: ConnectionId[];
  gone: ConnectionId[];
  failed: ConnectionId[];
  /** Milliseconds since the epoch of the last answer that ended a connection's turn well, or of the start. */
  lastDeliveredAt: number;
  /** Calls that were answered, and how many of them with 429. */
  posts: number;
  throttled: number;
  /** Calls that repeated another. */
  retried: number;
}

/**
 * Posts the frames, in order, to every connection, as many at once as there are slots, from the first part of the
 * connections on. A slow one holds up nobody but itself: who has not answered `patienceMs` after the last one's turn
 * began counts as failed, to be handed on. A late answer may mean a second copy then, which clients drop. 429, 5xx,
 * network errors and timeouts are tried again after a random wait that grows; 410 is never tried again.
 * @param deadline milliseconds since the epoch; what has not been tried by then counts as failed, and nothing is tried
 * again after it
 * @throws what reading the connections throws: then nothing more is begun
 */
export async function postAll(
  parts: Iterable<ConnectionId[]> | AsyncIterable<ConnectionId[]>,
  frames: Payload[],
  poster: Poster,
  deadline: number,
): Promise<PostResults> {
  const posting = new Posting(frames, poster, deadline);
  try {
    for await (const connections of parts) posting.add(connections);
  } catch (error) {
    posting.end();
    throw error;
  }
  return await posting.finish();
}

/** The posts of one job. No promise or closure for each of them: they are what a worker spends its time on. */
class Posting implements Source {
  readonly frames: Payload[];
  readonly poster: Poster;
  readonly deadline: number;
  readonly results: PostResults = {
    delivered: [],
    gone: [],
    failed: [],
    lastDeliveredAt: Date.now(),
    posts: 0,
    throttled: 0,
    retried: 0,
  };
  readonly #done = Promise.withResolvers<PostResults>();
  readonly #unanswered = new Set<Recipient>();
  /** Those whose next post is due: another frame, or another try. They go before those that had none. */
  readonly #due: Recipient[] = [];
  /** Those who had their turn, and behind them those who wait for it. */
  readonly #recipients: Recipient[] = [];
  #turns = 0;
  #patience: NodeJS.Timeout | undefined;
  #complete = false;
  #over = false;

  constructor(frames: Payload[], poster: Poster, deadline: number) {
    this.frames = frames;
    this.poster = poster;
    this.deadline = deadline;
  }

  add(connections: ConnectionId[]): void {
    for (const connection of connections) {
      const recipient = new Recipient(this, connection);
      this.#recipients.push(recipient);
      this.#unanswered.add(recipient);
    }
    this.poster.slots.offer(this);
  }

  /** There are no more connections. Resolves when all are settled. */
  finish(): Promise<PostResults> {
    this.#complete = true;
    this.#endWhenDone();
    return this.#done.promise;
  }

  begin(begun: number): boolean {
    for (;;) {
      const recipient = this.#due.shift() ?? this.#next();
      if (!recipient || this.#over) return false;
      if (Date.now() < this.deadline) {
        recipient.post(begun);
        return true;
      }
      this.settle(recipient, 'failed');
    }
  }

  #next(): Recipient | undefined {
    const next = this.#recipients[this.#turns];
    if (!next) return undefined;
    this.#turns++;
    this.#endWhenDone();
    return next;
  }

  /** A recipient's next post is to begin. */
  isDue(recipient: Recipient): void {
    if (this.#over) return;
    this.#due.push(recipient);
    this.poster.slots.offer(this);
  }

  settle(recipient: Recipient, outcome: PostOutcome): void {
    if (this.#over || !this.#unanswered.delete(recipient)) return;
    this.results[outcome === 'throttled' ? 'failed' : outcome].push(recipient.connection);
    if (outcome === 'delivered') this.results.lastDeliveredAt = Date.now();
    this.#endWhenDone();
  }

  /** All had their turn: the last of them have some time left. */
  #endWhenDone(): void {
    if (!this.#complete || this.#turns < this.#recipients.length) return;
    if (this.#unanswered.size === 0) this.end();
    else this.#patience ??= setTimeout(() => this.end(), patienceMs).unref();
  }

  /** Those who have not answered have failed, and nothing more is begun. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#patience);
    for (const { connection } of this.#unanswered) this.results.failed.push(connection);
    this.#done.resolve(this.results);
  }
}

/** A connection's turn: its frames one after another, each until it is answered. */
class Recipient implements PostReceiver {
  readonly connection: ConnectionId;
  readonly #posting: Posting;
  #frame = 0;
  #tried = 0;
  #begun = 0;

  constructor(posting: Posting, connection: ConnectionId) {
    this.#posting = posting;
    this.connection = connection;
  }

  post(begun: number): void {
    const frame = this.#posting.frames[this.#frame];
    if (!frame) throw new RangeError('Every frame has been posted');
    this.#begun = begun;
    this.#tried++;
    this.#posting.poster.post(this.connection.connectionId, frame, this);
  }

  posted(outcome: PostOutcome): void {
    const { results, poster } = this.#posting;
    results.posts++;
    if (this.#tried > 1) results.retried++;
    if (outcome === 'throttled') results.throttled++;
    if (outcome === 'delivered') this.#nextFrame();
    else if (outcome === 'gone') this.#posting.settle(this, outcome);
    else this.#tryAgain(outcome);
    poster.slots.release(this.#begun, outcome === 'throttled');
  }

  #nextFrame(): void {
    this.#frame++;
    this.#tried = 0;
    if (this.#frame === this.#posting.frames.length) this.#posting.settle(this, 'delivered');
    else this.#posting.isDue(this);
  }

  #tryAgain(outcome: PostOutcome): void {
    if (this.#tried === attempts || Date.now() >= this.#posting.deadline) this.#posting.settle(this, outcome);
    else setTimeout(() => this.#posting.isDue(this), Math.random() * baseDelayMs * 4 ** this.#tried);
  }
}
