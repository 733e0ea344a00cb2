import { useSyncExternalStore } from 'react';

/** What the address names: a room, and a message of it to go to. Without a room, the list of rooms. */
export interface Route {
  room?: string;
  seq?: number;
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return parseRoute(hash);
}

/** Shows a room, as a step that the browser's Back undoes. */
export function goTo(room: string, seq?: number): void {
  const href = roomHref(room, seq);
  if (seq === undefined || location.hash !== href) {
    location.hash = href;
    return;
  }
  // One was led to this message before, and has left it by scrolling: an address that stays the same leads nowhere.
  replaceRoute(room);
  addEventListener('hashchange', () => setTimeout(() => location.replace(href)), { once: true });
}

/** Shows the list of rooms, which beside a room is only seen on a phone. */
export function goToList(): void {
  location.hash = '#/';
}

/** Shows a room in place of what is shown, where Back would only lead here again. */
export function replaceRoute(room: string | undefined): void {
  location.replace(room === undefined ? '#/' : roomHref(room));
}

export function roomHref(room: string, seq?: number): string {
  return `#/rooms/${encodeURIComponent(room)}${seq === undefined ? '' : `/${seq}`}`;
}

/** Of an address that names nothing known: the list. */
export function parseRoute(hash: string): Route {
  const [, room, seq] = /^#\/rooms\/([^/]+)(?:\/(\d{1,15}))?\/?$/.exec(hash) ?? [];
  const id = room && decoded(room);
  if (!id) return {};
  return { room: id, ...(Number(seq) > 0 && { seq: Number(seq) }) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}
