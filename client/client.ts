import type { ServerFrame } from '#shared/contract/frames.ts';
import { FanfareApi } from './api.ts';
import { Connection, type Endpoint, type Status } from './connection.ts';
import { Emitter } from './emitter.ts';
import { FanfareError } from './errors.ts';
import { type Feed, LiveFeed } from './feed.ts';
import { LiveRoom } from './live-room.ts';
import { Renewal } from './renewal.ts';
import type { Room } from './room.ts';
import { Subscriptions } from './subscriptions.ts';
import { defaultTiming, type Timing } from './timing.ts';

export interface ClientOptions extends Endpoint {
  /** The HTTP API's address, up to and with `/api`. Needed for what is not live: `api`, and `loadOlder` of a room. */
  apiUrl?: string;
  /** Other intervals than the default ones. */
  timing?: Partial<Timing>;
}

export interface ClientEvents {
  status: Status;
  /**
   * Something went wrong that no call awaits: the token or the URL could not be had (it is tried again), or the server
   * did not understand a frame.
   */
  error: Error;
}

/**
 * A person's connection to Fanfare. It connects at once, and again whenever the connection is lost, until `close`;
 * rooms resume where they were and unacknowledged messages are sent again.
 */
export class FanfareClient extends Emitter<ClientEvents> {
  readonly #timing: Timing;
  readonly #connection: Connection;
  readonly #subscriptions: Subscriptions;
  readonly #renewal: Renewal;
  readonly #api: FanfareApi | undefined;
  #feed: LiveFeed | undefined;
  readonly #rooms = new Map<string, LiveRoom>();

  constructor({ timing, apiUrl, ...endpoint }: ClientOptions) {
    super();
    this.#api = apiUrl === undefined ? undefined : new FanfareApi({ url: apiUrl, token: endpoint.token });
    this.#timing = { ...defaultTiming, ...timing };
    this.#connection = new Connection(endpoint, this.#timing);
    this.#subscriptions = new Subscriptions(this.#timing, this.#connection);
    this.#renewal = new Renewal(this.#timing, {
      token: endpoint.token,
      send: (frame) => this.#connection.send(frame),
      failed: (error) => this.emit('error', error),
    });
    this.#connection.on('moved', () => this.#moved());
    this.#connection.on('status', (status) => this.#statusChanged(status));
    this.#connection.on('frame', (frame) => this.#receive(frame));
    this.#connection.on('error', (error) => this.emit('error', error));
    void this.#connection.connect();
  }

  get status(): Status {
    return this.#connection.status;
  }

  /** The HTTP API, as the same person. Throws `invalid` on a client without `apiUrl`. */
  get api(): FanfareApi {
    if (!this.#api) throw new FanfareError('invalid', 'the client was made without an apiUrl');
    return this.#api;
  }

  /**
   * Subscribes to a room that one is a member of: first its newest messages, then everything as it happens. With
   * `after`, everything of higher seq instead, in pages, as a program does that kept its place. The same handle is
   * returned until the room is left. A refusal is the room's `error` event.
   */
  join(id: string, { after }: { after?: number } = {}): Room {
    const joined = this.#rooms.get(id);
    if (joined) return joined;
    if (this.status.state === 'closed') throw new FanfareError('closed', 'the client is closed');
    const room = new LiveRoom(id, after, this.#timing, {
      send: (frame) => this.#connection.send(frame),
      probe: () => this.#connection.probe(),
      me: () => this.#connection.userId,
      api: () => this.api,
      failed: (error) => this.emit('error', error),
      subscribe: (subscriber) => this.#subscriptions.add(subscriber),
      leave: (subscriber) => this.#leave(subscriber),
    });
    room.on('error', () => this.#rooms.delete(id));
    this.#rooms.set(id, room);
    this.#subscriptions.add(room);
    return room;
  }

  /** One's personal feed, subscribed to from the first use on. Its person is the token's `sub`. */
  get feed(): Feed {
    if (this.#feed) return this.#feed;
    const feed = new LiveFeed(() => this.#connection.userId);
    feed.on('read', ({ room, seq }) => this.#rooms.get(room)?.read(seq));
    this.#feed = feed;
    if (this.status.state === 'online' && this.#connection.userId) this.#subscriptions.add(feed);
    return feed;
  }

  /** Ends the connection and every room. Messages that were not acknowledged fail with `closed`. */
  close(): void {
    const error = new FanfareError('closed', 'the client was closed');
    for (const room of this.#rooms.values()) room.close(error);
    this.#rooms.clear();
    this.#connection.close();
  }

  #leave(room: LiveRoom): void {
    this.#rooms.delete(room.id);
    this.#subscriptions.remove(room);
  }

  #statusChanged(status: Status): void {
    if (status.state === 'online') {
      this.#renewal.watch(this.#connection.expiresAt);
      this.#subscriptions.restart(this.#subscribers());
      for (const room of this.#rooms.values()) room.connected();
      if (!this.#connection.userId) this.#feed?.refused(nobody());
    } else {
      this.#renewal.stop();
      this.#subscriptions.stop();
      for (const room of this.#rooms.values()) room.disconnected();
    }
    this.emit('status', status);
  }

  #subscribers(): (LiveRoom | LiveFeed)[] {
    return [...this.#rooms.values(), ...(this.#feed && this.#connection.userId ? [this.#feed] : [])];
  }

  #moved(): void {
    this.#renewal.watch(this.#connection.expiresAt);
    for (const room of this.#rooms.values()) room.moved();
    this.#subscriptions.restart(this.#subscribers());
    this.#settle();
  }

  /** Once the new socket tells of everything, the old one goes; what it did not answer is sent again. */
  #settle(): void {
    if (!this.#connection.isMoving || !this.#subscriptions.settled) return;
    this.#connection.retire();
    for (const room of this.#rooms.values()) room.connected();
  }

  #receive(frame: ServerFrame): void {
    this.#dispatch(frame);
    this.#settle();
  }

  #dispatch(frame: ServerFrame): void {
    switch (frame.type) {
      case 'events':
        if (this.#feed && frame.room === this.#feed.id) this.#feed.receive(frame.events);
        this.#rooms.get(frame.room)?.receive(frame.events);
        break;
      case 'subscribed':
        this.#subscriptions.subscribed(frame);
        break;
      case 'ack':
        this.#subscriptions.acknowledged(frame.id);
        this.#renewal.acknowledged(frame);
        for (const room of this.#rooms.values()) room.acknowledged(frame);
        break;
      case 'error':
        this.#subscriptions.refused(frame);
        this.#renewal.refused(frame);
        for (const room of this.#rooms.values()) room.frameRefused(frame);
        if (frame.id === undefined) this.emit('error', new FanfareError(frame.code, frame.message));
        break;
    }
  }
}

function nobody(): FanfareError {
  return new FanfareError('unauthorized', 'the token does not say whose it is');
}
