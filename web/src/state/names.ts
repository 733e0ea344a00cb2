import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { FanfareApi } from '#client';
import { useChat } from './chat.ts';

/** Ids of one request; the API's own bound. */
const idsPerRequest = 100;

/** People's display names by user id: as they were heard in passing, and asked for where nobody said them. */
export class NamesStore {
  readonly #api: Pick<FanfareApi, 'people'>;
  readonly #names = new Map<string, string>();
  /** Asked for already, or about to be: nobody is asked for twice. */
  readonly #asked = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #wanted: string[] = [];

  constructor(api: Pick<FanfareApi, 'people'>) {
    this.#api = api;
  }

  get(userId: string): string | undefined {
    return this.#names.get(userId);
  }

  /** A name as it is now. */
  learn(userId: string, name: string): void {
    if (this.#names.get(userId) === name) return;
    this.#names.set(userId, name);
    this.#tell();
  }

  /** A name as it once was: good enough for somebody of whom nothing newer is known. */
  heard(userId: string, name: string): void {
    if (!this.#names.has(userId)) this.learn(userId, name);
  }

  /** Asks for a name that is not known, together with the others that are wanted just now. */
  want(userId: string): void {
    if (this.#names.has(userId) || this.#asked.has(userId)) return;
    this.#asked.add(userId);
    this.#wanted.push(userId);
    if (this.#wanted.length === 1) setTimeout(() => void this.#ask(), 20);
  }

  /** Listens for any name; the returned function ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  async #ask(): Promise<void> {
    const wanted = this.#wanted;
    this.#wanted = [];
    for (let from = 0; from < wanted.length; from += idsPerRequest) {
      const ids = wanted.slice(from, from + idsPerRequest);
      try {
        const { people } = await this.#api.people(ids);
        for (const person of people) this.learn(person.userId, person.name);
      } catch (error) {
        // They show without a name, and are asked for when they are next shown.
        console.warn('Names could not be read', error);
        for (const id of ids) this.#asked.delete(id);
      }
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Somebody's display name; undefined until it is known. */
export function useName(userId: string): string | undefined {
  const { names } = useChat();
  useEffect(() => names.want(userId), [names, userId]);
  const read = useCallback(() => names.get(userId), [names, userId]);
  return useSyncExternalStore(names.subscribe, read);
}
