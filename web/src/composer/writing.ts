import { useEffect, useState } from 'react';
import type { MyRoom } from '#client';

/** Why one may not write here, in words for people; undefined where one may. */
export function obstacle(
  { archivedAt, mutedUntil = 0 }: Pick<MyRoom, 'archivedAt' | 'mutedUntil'>,
  state: 'loading' | 'live' | 'recovering' | 'closed',
  now: number,
): string | undefined {
  if (state === 'closed') return 'You are not a member of this room.';
  if (archivedAt !== undefined) return 'This room is archived. It can be read, and not written to.';
  if (mutedUntil > now) return `A moderator muted you here until ${momentOf(mutedUntil, now)}.`;
  return undefined;
}

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const dateAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A time of today, or the date with it. */
export function momentOf(at: number, now = Date.now()): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return (sameDay ? time : dateAndTime).format(at);
}

/** The time, again once `until` has come. */
export function useNowUntil(until: number | undefined): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    if (until === undefined || until <= Date.now()) return;
    // A timer's longest wait is some 24 days: it then only looks again.
    const wait = Math.min(until - Date.now() + 50, 2 ** 31 - 1);
    const timer = setTimeout(() => setNow(Date.now()), wait);
    return () => clearTimeout(timer);
  }, [until]);
  return now;
}
