import { useCallback, useSyncExternalStore } from 'react';
import type { FanfareApi, Member, Room } from '#client';
import { useChat } from '../state/chat.ts';

/** Pages of 100 that are read without being asked for: beyond, somebody says that they want more. */
const pagesAtOnce = 5;

interface MembersView {
  /** In no particular order. */
  members: readonly Member[];
  state: 'unread' | 'loading' | 'ready' | 'failed';
  /** There are members that were not read yet. */
  more: boolean;
  error?: unknown;
}

/** A room's members: read when somebody first asks for them, then kept up with by the room's events. */
export class MemberList {
  readonly #api: Pick<FanfareApi, 'members'>;
  readonly #room: Room;
  readonly #members = new Map<string, Member>();
  /** Since reading began: what an event said is newer than what a page says. */
  readonly #news = new Map<string, Member | undefined>();
  readonly #listeners = new Set<() => void>();
  #view: MembersView = { members: [], state: 'unread', more: false };
  #cursor: string | undefined;

  constructor(api: Pick<FanfareApi, 'members'>, room: Room) {
    this.#api = api;
    this.#room = room;
    room.on('joined', ({ userId, name, role, at }) =>
      this.#heard(userId, { userId, name, role, joinedAt: at }),
    );
    room.on('left', ({ userId }) => this.#heard(userId, undefined));
    room.on('member', ({ userId, name, role, mutedUntil, at }) => {
      const { joinedAt = at, readSeq } = this.#members.get(userId) ?? {};
      this.#heard(userId, {
        userId,
        name,
        role,
        joinedAt,
        ...(readSeq !== undefined && { readSeq }),
        ...(mutedUntil !== undefined && { mutedUntil }),
      });
    });
    // What was told meanwhile is lost.
    room.on('recovered', () => this.#view.state !== 'unread' && void this.read());
  }

  get view(): MembersView {
    return this.#view;
  }

  /** Listens for any change; the returned function ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads the list unless that was done. */
  want(): void {
    if (this.#view.state === 'unread' || this.#view.state === 'failed') void this.read();
  }

  /** Reads the list from its beginning. What is shown stays until then. */
  async read(): Promise<void> {
    await this.#pages(undefined);
  }

  /** Reads on where the list was left off. */
  async readMore(): Promise<void> {
    if (this.#cursor !== undefined) await this.#pages(this.#cursor);
  }

  /** What the API just answered with. */
  put(member: Member): void {
    this.#heard(member.userId, member);
  }

  remove(userId: string): void {
    this.#heard(userId, undefined);
  }

  async #pages(from: string | undefined): Promise<void> {
    if (this.#view.state === 'loading') return;
    this.#news.clear();
    this.#show({ state: 'loading', error: undefined });
    const found: Member[] = [];
    let cursor = from;
    try {
      let pages = 0;
      do {
        const page = await this.#api.members(this.#room.id, cursor);
        found.push(...page.members);
        cursor = page.next;
      } while (cursor !== undefined && ++pages < pagesAtOnce);
    } catch (error) {
      this.#show({ state: 'failed', error });
      return;
    }
    if (from === undefined) this.#members.clear();
    for (const member of found) this.#members.set(member.userId, member);
    for (const [userId, member] of this.#news) this.#take(userId, member);
    this.#cursor = cursor;
    this.#show({ state: 'ready', members: [...this.#members.values()], more: cursor !== undefined });
  }

  #heard(userId: string, member: Member | undefined): void {
    if (this.#view.state === 'unread') return;
    this.#news.set(userId, member);
    this.#take(userId, member);
    this.#show({ members: [...this.#members.values()] });
  }

  #take(userId: string, member: Member | undefined): void {
    if (member) this.#members.set(userId, member);
    else this.#members.delete(userId);
  }

  #show(change: Partial<MembersView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}

const lists = new WeakMap<Room, MemberList>();

/** The one list of a room's members, for all who show it. */
export function useMemberList(room: Room): MembersView & { list: MemberList } {
  const { api } = useChat().client;
  const list = lists.get(room) ?? new MemberList(api, room);
  lists.set(room, list);
  const view = useSyncExternalStore(
    list.subscribe,
    useCallback(() => list.view, [list]),
  );
  return { ...view, list };
}
