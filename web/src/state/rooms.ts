import { useCallback, useSyncExternalStore } from 'react';
import { ApiError, type FanfareClient, type MyRoom, type Room } from '#client';
import { limits } from '#shared/contract/limits.ts';
import { type Me, useChat } from './chat.ts';
import { followRoom } from './follow-room.ts';
import { type ListedRoom, listed } from './listed-room.ts';
import type { NamesStore } from './names.ts';

/** Rooms that are followed live: all that a connection may, but for the personal feed and one that is looked at. */
const followed = limits.roomsPerConnection - 2;

interface Entry {
  info: MyRoom;
  room?: Room;
  listed: ListedRoom;
}

/** `byOneself`: by `leave`, here. */
type LostListener = (lost: ListedRoom, byOneself: boolean) => void;

export interface RoomsView {
  rooms: readonly ListedRoom[];
  state: 'loading' | 'ready' | 'failed';
  /** Why the list could not be read. */
  error?: unknown;
}

/**
 * One's rooms, live: read from the API, again after each lost connection; followed by the personal feed and by each
 * room's own events.
 */
export class RoomsStore {
  readonly #client: FanfareClient;
  readonly #meId: string;
  readonly #names: NamesStore;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<() => void>();
  readonly #lostListeners = new Set<LostListener>();
  /** Rooms that one leaves by oneself: their end is no news. */
  readonly #leaving = new Set<string>();
  #view: RoomsView = { rooms: [], state: 'loading' };
  #scheduled = false;
  #closed = false;
  #reading = 0;

  constructor(client: FanfareClient, meId: string, names: NamesStore) {
    this.#client = client;
    this.#meId = meId;
    this.#names = names;
    void this.#read();
    // And again: what happened before the feed began, or while it was cut off, is in the list.
    client.feed.on('ready', () => void this.#read());
    client.feed.on('error', () => void this.#read());
    client.feed.on('added', ({ room }) => void this.#added(room));
    client.feed.on('removed', ({ room }) => this.#removed(room));
    client.feed.on('read', ({ room, seq }) =>
      this.#patch(room, (info) => ({ readSeq: Math.max(info.readSeq, seq) })),
    );
  }

  get view(): RoomsView {
    return this.#view;
  }

  get(id: string): ListedRoom | undefined {
    return this.#entries.get(id)?.listed;
  }

  /** Listens for any change; the returned function ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Hears of rooms that one is no member of any more. */
  onLost(listener: LostListener): () => void {
    this.#lostListeners.add(listener);
    return () => this.#lostListeners.delete(listener);
  }

  /** Reads the list again. */
  retry(): void {
    this.#show(this.#entries.size > 0 ? 'ready' : 'loading');
    void this.#read();
  }

  /** A room that the API just answered with: made, joined or changed. */
  put(info: MyRoom): void {
    if (this.#closed) return;
    const known = this.#entries.get(info.room);
    for (const person of info.people ?? []) this.#names.learn(person.userId, person.name);
    if (info.lastMessage) this.#names.heard(info.lastMessage.sender, info.lastMessage.senderName);
    const entry: Entry = { ...known, info, listed: listed(info, known?.room, this.#meId) };
    this.#entries.set(info.room, entry);
    if (!entry.room && this.#live < followed) this.#follow(entry);
    this.#changed(info.room);
  }

  /** The room's live handle, also of one that the list does not have yet. It stays joined. */
  join(id: string): Room {
    const entry = this.#entries.get(id);
    if (entry && !entry.room) {
      if (this.#live >= followed) this.#unfollow();
      this.#follow(entry);
    }
    return entry?.room ?? this.#client.join(id);
  }

  /** Joins a public room. Rejects with an `ApiError`. */
  async enter(id: string): Promise<void> {
    await this.#client.api.addMember(id, 'me');
    await this.refresh(id);
  }

  /** Leaves a room for good. Rejects with an `ApiError`, 409 where an owner must hand it over first. */
  async leave(id: string): Promise<void> {
    this.#leaving.add(id);
    try {
      await this.#client.api.removeMember(id, 'me');
      this.#removed(id);
    } catch (error) {
      this.#leaving.delete(id);
      throw error;
    }
  }

  /** Reads one room of the list again. Rejects with an `ApiError`. */
  async refresh(id: string): Promise<void> {
    const info = await this.#client.api.room(id);
    if ('role' in info) this.put(info);
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
    this.#lostListeners.clear();
  }

  get #live(): number {
    let count = 0;
    for (const { room } of this.#entries.values()) if (room) count++;
    return count;
  }

  async #read(): Promise<void> {
    const reading = ++this.#reading;
    // What is made or joined meanwhile may not be in the list, and is no loss.
    const known = [...this.#entries.keys()];
    try {
      const found: MyRoom[] = [];
      let cursor: string | undefined;
      do {
        const page = await this.#client.api.rooms(cursor);
        found.push(...page.rooms);
        cursor = page.next;
      } while (cursor);
      if (reading !== this.#reading || this.#closed) return;
      const ids = new Set(found.map(({ room }) => room));
      for (const id of known) if (!ids.has(id)) this.#removed(id);
      // The most recent ones first: there may be more than a connection follows.
      for (const info of found.sort((a, b) => lastAt(b) - lastAt(a))) this.put(info);
      this.#show('ready');
    } catch (error) {
      if (reading !== this.#reading || this.#closed) return;
      // A list that was read before is better than none: the feed says when there is a connection again.
      this.#show(this.#entries.size > 0 ? 'ready' : 'failed', error);
    }
  }

  async #added(id: string): Promise<void> {
    this.#leaving.delete(id);
    if (this.#entries.has(id)) return;
    try {
      await this.refresh(id);
    } catch (error) {
      // 403 and 404: removed again meanwhile. Anything else is mended by the list that the next connection reads.
      if (!(error instanceof ApiError)) console.warn(`Room ${id} could not be read`, error);
    }
  }

  #removed(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    entry.room?.leave();
    const byOneself = this.#leaving.delete(id);
    for (const listener of this.#lostListeners) listener(entry.listed, byOneself);
    this.#schedule();
  }

  #follow(entry: Entry): void {
    const id = entry.info.room;
    const room = this.#client.join(id);
    entry.room = room;
    followRoom(room, {
      meId: this.#meId,
      names: this.#names,
      patch: (patch) => this.#patch(id, patch),
      changed: () => this.#changed(id),
      refused: ({ code }) => {
        if (this.#entries.get(id)?.room !== room) return;
        delete entry.room;
        if (code === 'not_member') this.#removed(id);
      },
    });
  }

  /** Makes place for a room that is looked at: what was silent for longest is no longer heard. */
  #unfollow(): void {
    const live = [...this.#entries.values()].filter(({ room }) => room);
    const [idle] = live.sort((a, b) => lastAt(a.listed) - lastAt(b.listed));
    if (!idle) return;
    const { online: _online, mentioned: _mentioned, ...info } = idle.listed;
    idle.info = info;
    idle.room?.leave();
    delete idle.room;
    this.#changed(info.room);
  }

  #patch(id: string, patch: (info: MyRoom) => Partial<MyRoom>): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.info = { ...entry.info, ...patch(entry.info) };
    this.#changed(id);
  }

  #changed(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) entry.listed = listed(entry.info, entry.room, this.#meId);
    this.#schedule();
  }

  /** Many rooms change at once, as after a lost connection: the list is shown once for all of them. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#show(this.#view.state, this.#view.error);
    });
  }

  #show(state: RoomsView['state'], error?: unknown): void {
    this.#view = { rooms: [...this.#entries.values()].map((entry) => entry.listed), state, error };
    for (const listener of this.#listeners) listener();
  }
}

function lastAt({ lastMessage, createdAt }: MyRoom): number {
  return lastMessage?.at ?? createdAt;
}

/** All of one's rooms, in no particular order. */
export function useRooms(): RoomsView & { retry(): void } {
  const { rooms } = useChat();
  const view = useSyncExternalStore(rooms.subscribe, () => rooms.view);
  return { ...view, retry: () => rooms.retry() };
}

/** One of one's rooms; undefined where one is not a member, or the list is still being read. */
export function useMyRoom(id: string): ListedRoom | undefined {
  const { rooms } = useChat();
  const read = useCallback(() => rooms.get(id), [rooms, id]);
  return useSyncExternalStore(rooms.subscribe, read);
}

/** What a room is called: a direct one by its other people. */
export function roomTitle(info: MyRoom, me: Me): string {
  if (info.kind !== 'direct') return info.name;
  const others = (info.people ?? []).filter(({ userId }) => userId !== me.id);
  return others.map(({ name }) => name).join(', ') || me.name;
}
