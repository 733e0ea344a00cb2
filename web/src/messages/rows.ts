import type { Message, PendingMessage } from '#client';

/** What is shown of a message: the room's, or one of ours that is on its way. */
export type Shown = Message | (PendingMessage & { sender: string; senderName: string });

/** One message in the list, with what stands above it. A row that shows the same is the same object. */
export interface Row {
  /** Stays the same from the first key press of a send to the room's copy. */
  readonly key: string;
  readonly message: Shown;
  /** It begins what its sender says in a row: their name stands above it. */
  readonly first: boolean;
  /** It begins a day, of this machine's time zone. */
  readonly day: boolean;
  /** What is new begins with it. */
  readonly unread: boolean;
}

interface RowsOf {
  messages: readonly Message[];
  pending: readonly PendingMessage[];
  me: { id: string; name: string };
  /** What comes after it, by others, is marked as new. */
  unreadAfter?: number | undefined;
}

/** A later message of the same person begins anew, with name and time. */
const turnMs = 5 * 60_000;

const rows = new WeakMap<Message | PendingMessage, Row>();

/** What a room shows. It is called at every change of a room that may hold tens of thousands of messages. */
export function rowsOf({ messages, pending, me, unreadAfter }: RowsOf): Row[] {
  const result: Row[] = [];
  const ownIds = new Set<string>();
  let previous: Shown | undefined;
  let turnAt = 0;
  let day = { from: 0, until: 0 };
  let marked = unreadAfter === undefined;

  const add = (source: Message | PendingMessage, sender: string) => {
    const sameDay = source.at >= day.from && source.at < day.until;
    if (!sameDay) day = dayOf(source.at);
    const unread = !marked && 'sender' in source && sender !== me.id && source.seq > (unreadAfter ?? 0);
    marked ||= unread;
    const first =
      !sameDay ||
      unread ||
      previous?.sender !== sender ||
      source.at - turnAt >= turnMs ||
      source.replyTo !== undefined;
    if (first) turnAt = source.at;
    // A person's ids are their client's own, and only the latest are held against each other.
    let key = sender === me.id ? source.id : `${source.seq}`;
    if (sender === me.id) {
      while (ownIds.has(key)) key += '+';
      ownIds.add(key);
    }
    let row = rows.get(source);
    if (!row || row.key !== key || row.first !== first || row.day === sameDay || row.unread !== unread) {
      const message = 'sender' in source ? source : { ...source, sender: me.id, senderName: me.name };
      row = { key, message, first, day: !sameDay, unread };
      rows.set(source, row);
    }
    result.push(row);
    previous = row.message;
  };
  for (const message of messages) add(message, message.sender);
  for (const message of pending) add(message, me.id);
  return result;
}

/** The day that a time lies in. Not of 24 hours where the clocks change. */
function dayOf(at: number): { from: number; until: number } {
  const date = new Date(at);
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  return { from: new Date(year, month, day).getTime(), until: new Date(year, month, day + 1).getTime() };
}

/** The place of the message of this seq, or where it would be. Pending ones come after all others. */
export function indexOfSeq(list: readonly Row[], seq: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const message = list[middle]?.message;
    if (message && isSent(message) && message.seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The room has it. */
export function isSent(message: Shown): message is Message {
  return 'version' in message;
}
