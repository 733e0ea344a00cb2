import type { MessageEvent } from '#shared/contract/events.ts';
import type { SubscribedRoom, SubscribeFrame } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import { type Messages, toEvent } from '#shared/storage/messages.ts';
import type { RoomView } from '#shared/storage/rooms.ts';
import type { Present } from './present.ts';

type Asked = SubscribeFrame['rooms'][number];

/**
 * The rooms share the size of one response, less what is said of who is present, evenly. What one leaves of its share
 * goes to those behind it, so that the last room has all of it where nothing of the others fitted: every answer brings
 * at least one message, until none is left.
 */
export async function readHistory(
  { rooms: asked }: SubscribeFrame,
  views: Map<string, RoomView>,
  messages: Messages,
  reading: Promise<Present>,
): Promise<SubscribedRoom[]> {
  const [present, ...pages] = await Promise.all([
    reading,
    ...asked.map(async (each) => ({
      ...(await readPage(each, views.get(each.room), messages)),
      changed: await readChanges(each, messages),
    })),
  ]);
  let left = limits.responseBytes - present.bytes;
  return pages.map(({ known, after, events, changed }, index) => {
    const budget = left / (pages.length - index);
    const history = after === undefined ? newest(events, budget) : missed(events, after, budget);
    const changes = changed && after !== undefined && fitChanges(changed, budget - sizeOf(history.messages));
    left -= sizeOf([...history.messages, ...(changes ? changes.changes : [])]);
    return { ...known, ...history, ...changes, ...present.rooms.get(known.room) };
  });
}

async function readPage({ room, after }: Asked, view: RoomView | undefined, messages: Messages) {
  const known = { room, lastSeq: view?.lastSeq ?? 0, readSeq: view?.member?.readSeq ?? 0 };
  if (room.startsWith('@')) return { known, after: 0, events: [] };
  // A client that is ahead of the room remembers another log (a table restored or started anew).
  if (after === undefined || after > known.lastSeq) {
    const page = await messages.before(room, undefined, limits.newestPageSize);
    return { known, after: undefined, events: page.map(toEvent) };
  }
  const page = await messages.after(room, after, limits.pageSize);
  return { known, after, events: page.map(toEvent) };
}

/** Messages that the client has, but not as they are now; one more than are told, to know whether that is all. */
async function readChanges({ room, after, changedAfter }: Asked, messages: Messages) {
  if (after === undefined || changedAfter === undefined || room.startsWith('@')) return undefined;
  const changed = await messages.changed(room, changedAfter, limits.changesPageSize + 1);
  return {
    cut: changed.length > limits.changesPageSize,
    events: changed.filter(({ seq }) => seq <= after).map(toEvent),
  };
}

function fitChanges({ cut, events }: { cut: boolean; events: MessageEvent[] }, budget: number) {
  const changes = events.slice(0, Math.min(limits.changesPageSize, countFitting(events, budget)));
  return { changes, ...((cut || changes.length < events.length) && { changesCut: true }) };
}

type History = Pick<SubscribedRoom, 'messages' | 'recovered' | 'next'>;

function missed(page: MessageEvent[], after: number, budget: number): History {
  const fitting = page.slice(0, countFitting(page, budget));
  const more = fitting.length < page.length || page.length === limits.pageSize;
  return { messages: fitting, recovered: true, ...(more && { next: fitting.at(-1)?.seq ?? after }) };
}

/** The newest ones that fit. Where not even the last one does, `next` asks for that one alone. */
function newest(page: MessageEvent[], budget: number): History {
  const fitting = countFitting(page.toReversed(), budget);
  const last = page.at(-1);
  const none = fitting === 0 && last;
  return {
    messages: page.slice(page.length - fitting),
    recovered: false,
    ...(none && { next: last.seq - 1 }),
  };
}

/** How many of the events, from the first on, fit in `bytes` of JSON. */
function countFitting(events: readonly MessageEvent[], bytes: number): number {
  let left = bytes;
  const tooMany = events.findIndex((event) => {
    left -= sizeOf([event]);
    return left < 0;
  });
  return tooMany < 0 ? events.length : tooMany;
}

/** Bytes of the events in JSON, each with its comma. */
function sizeOf(events: readonly MessageEvent[]): number {
  return events.reduce((bytes, event) => bytes + Buffer.byteLength(JSON.stringify(event)) + 1, 0);
}
