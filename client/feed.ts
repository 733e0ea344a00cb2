import type { RoomEvent } from '#shared/contract/events.ts';
import type { SubscribeFrame } from '#shared/contract/frames.ts';
import { Emitter } from './emitter.ts';
import type { FanfareError } from './errors.ts';
import { Latest } from './latest.ts';
import type { Subscriber } from './subscriptions.ts';

type EventOf<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>;

export interface FeedEvents {
  /** From now on all is told. The feed has no history: what happened before is in the HTTP API's list of rooms. */
  ready: undefined;
  /** One is a member of a room now, or no more. */
  added: EventOf<'added'>;
  removed: EventOf<'removed'>;
  /** One has read, on whatever device. */
  read: EventOf<'read'>;
  /** The feed was refused. It is asked for again at the next connection. */
  error: FanfareError;
}

/** What concerns a person in all rooms. */
export interface Feed {
  /** Listens; the returned function ends it. */
  on<Name extends keyof FeedEvents>(event: Name, listener: (payload: FeedEvents[Name]) => void): () => void;
}

export class LiveFeed extends Emitter<FeedEvents> implements Feed, Subscriber {
  readonly #me: () => string | undefined;
  readonly #latest = new Latest();

  constructor(me: () => string | undefined) {
    super();
    this.#me = me;
  }

  get id(): string {
    return `@${this.#me()}`;
  }

  get wanted(): SubscribeFrame['rooms'][number] {
    return { room: this.id };
  }

  subscribed(): boolean {
    this.emit('ready', undefined);
    return false;
  }

  refused(error: FanfareError): void {
    this.emit('error', error);
  }

  receive(events: readonly RoomEvent[]): void {
    for (const event of events) {
      switch (event.type) {
        case 'added':
          if (this.#latest.isNews(event.room, event)) this.emit('added', event);
          break;
        case 'removed':
          if (this.#latest.isNews(event.room, event)) this.emit('removed', event);
          break;
        case 'read':
          if (this.#latest.isNews(`read ${event.room}`, event)) this.emit('read', event);
          break;
      }
    }
  }
}
