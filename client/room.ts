import type { MessageEvent, RoomEvent } from '#shared/contract/events.ts';
import type { FanfareError } from './errors.ts';
import type { PendingMessage, SendOptions, Sent } from './outbox.ts';
import type { Typist } from './people.ts';

type EventOf<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>;

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
  /**
   * A message was edited, deleted or reacted to: its new state. It may be older than all in `messages`: who holds it
   * from elsewhere replaces a lower `version`.
   */
  changed: Message;
  /** Too much changed in one's absence: messages from elsewhere are to be read again. `messages` mends itself. */
  stale: undefined;
  /** People and the room itself: once each, and nothing that came after something newer. */
  joined: EventOf<'joined'>;
  left: EventOf<'left'>;
  member: EventOf<'member'>;
  room: EventOf<'room'>;
  /** The room is up to date again after a lost connection or a gap. */
  recovered: Recovery;
  /** The room may not be read. It is closed. */
  error: FanfareError;
  /** A property of the room is another. At most once for all that came together. */
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
  /** The highest seq that one has read, on whatever device. */
  readonly readSeq: number;
  /** In a small room, how far the others have read: the highest seq by user id, as far as it was heard of. */
  readonly receipts: ReadonlyMap<string, number>;
  /** In a small room, who is online, by user id. */
  readonly online: ReadonlySet<string>;
  /** In a small room, who else is writing just now. */
  readonly typists: readonly Typist[];
  /** Listens; the returned function ends it. */
  on<Name extends keyof RoomEvents>(event: Name, listener: (payload: RoomEvents[Name]) => void): () => void;
  /**
   * Sends 1 to 4,000 characters, or files that were uploaded. The message is in `pending` at once, survives lost connections, and is written once.
   * Resolves when it is. Rejects with a `FanfareError` if it is refused: it then stays in `pending` as `failed`.
   */
  send(text: string, options?: SendOptions): Promise<Sent>;
  /** Sends a `failed` message again. */
  retry(id: string): Promise<Sent>;
  /** Drops a `failed` message. */
  discard(id: string): void;
  /**
   * Changes a message. It shows at once, survives lost connections, and shows no more if it is refused: then the
   * promise rejects with a `FanfareError`. Resolves when it is written.
   */
  edit(seq: number, text: string): Promise<void>;
  delete(seq: number): Promise<void>;
  /** Adds (`on`) or takes back one's own reaction. */
  react(seq: number, emoji: string, on: boolean): Promise<void>;
  /** Everything up to `seq` is read. It never goes back, and may be called at every scroll. */
  markRead(seq: number): void;
  /** One is writing: may be called at every key press. */
  typing(): void;
  /**
   * Reads up to `limit` (1 to 200, 50 without it) messages before the first one of `messages`, and puts them there.
   * Resolves to whether there are still older ones. Needs the client's `apiUrl`; rejects with an `ApiError` where it is
   * refused, and with `closed` where the room ends.
   */
  loadOlder(limit?: number): Promise<boolean>;
  /** Puts older messages, from the HTTP API, under those that are here. They change with the room from then on. */
  prepend(messages: readonly Message[]): void;
  /** Ends the subscription. What was not sent fails with `closed`. */
  leave(): void;
}
