const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const thisYear = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const otherYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/** The time of day. All of these take ms since the epoch and speak in the person's language and time zone. */
export function timeOf(at: number): string {
  return time.format(at);
}

export function exactTimeOf(at: number): string {
  return exact.format(at);
}

/** `Today`, `Yesterday`, or the date. */
export function dateOf(at: number, now = new Date()): string {
  const date = new Date(at);
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return 'Today';
  if (date.toDateString() === yesterday.toDateString()) return 'Yesterday';
  return (date.getFullYear() === now.getFullYear() ? thisYear : otherYear).format(date);
}
