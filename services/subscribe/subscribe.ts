import type { MessageEvent } from '#shared/contract/events.ts';
import type { SubscribedFrame, SubscribedRoom, SubscribeFrame } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import type { ConnectionId, Connections } from '#shared/storage/connections.ts';
import {
  ConditionFailed,
  Conflict,
  type Documents,
  retryOnConflict,
  transact,
} from '#shared/storage/documents.ts';
import { type Messages, toEvent } from '#shared/storage/messages.ts';
import type { Room, Rooms, RoomView } from '#shared/storage/rooms.ts';
import { subscribeShards } from '#shared/storage/shard-counts.ts';
import { shardOf } from '#shared/storage/shards.ts';
import { FrameError } from '../websocket/frame-handler.ts';

export interface Collaborators {
  documents: Documents;
  rooms: Rooms;
  messages: Messages;
  connections: Connections;
}

/**
 * Subscribes a connection to all of the frame's rooms or none, and returns what each has missed. The subscriptions
 * are written first and history is read after, both consistently, so that nothing falls between.
 * @throws FrameError `not_member` (with the rooms), `too_many_rooms`
 */
export async function subscribe(
  frame: SubscribeFrame,
  caller: ConnectionId,
  collaborators: Collaborators,
  now: number,
): Promise<SubscribedFrame> {
  const views = await retryOnConflict(() => writeSubscriptions(frame, caller, collaborators, now));
  return { type: 'subscribed', id: frame.id, rooms: await readHistory(frame, views, collaborators.messages) };
}

async function writeSubscriptions(
  { rooms: asked }: SubscribeFrame,
  caller: ConnectionId,
  { documents, rooms, connections }: Collaborators,
  now: number,
): Promise<Map<string, RoomView>> {
  const names = asked.map(({ room }) => room);
  const [views, subscribed] = await Promise.all([
    rooms.readForSubscribe(names, caller.userId),
    connections.rooms(caller),
  ]);
  // The socket closed meanwhile: nobody reads the answer, and nothing may be written for it.
  if (!subscribed) throw new FrameError('unavailable', 'The connection is closed');

  const refused = names.filter((name) => !views.get(name)?.room || !views.get(name)?.member);
  if (refused.length > 0) throw notMember(refused);

  const added = names.filter((name) => !subscribed.has(name));
  if (added.length === 0) return views;
  if (subscribed.size + added.length > limits.roomsPerConnection) {
    throw new FrameError(
      'too_many_rooms',
      `A connection may be subscribed to ${limits.roomsPerConnection} rooms`,
      { rooms: added },
    );
  }
  const shards = new Map(
    added.map((name) => [name, shardOf(caller.connectionId, shardCount(views.get(name)?.room, now))]),
  );
  const checks = added.map((name) => rooms.checkMember(name, caller.userId));
  try {
    await transact(documents, [...checks, ...connections.subscribe(caller, shards, now)]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    // The checks come first, so their positions are those of `added`.
    const lost = added.filter((_, index) => error.failed.includes(index));
    // A ban won the race; else it was a close, or another frame that subscribed to one of the rooms: look again.
    throw lost.length > 0 ? notMember(lost) : new Conflict();
  }
  return views;
}

function shardCount(room: Room | undefined, now: number): number {
  return room ? subscribeShards(room.shardCounts, now) : 1;
}

function notMember(rooms: string[]): FrameError {
  return new FrameError('not_member', `Not a member of ${rooms.join(', ')}`, { rooms });
}

/**
 * The rooms share the size of one response evenly. What one leaves of its share goes to those behind it, so that the
 * last room has all of it where nothing of the others fitted: every answer brings at least one message, until none is
 * left.
 */
async function readHistory(
  { rooms: asked }: SubscribeFrame,
  views: Map<string, RoomView>,
  messages: Messages,
): Promise<SubscribedRoom[]> {
  const pages = await Promise.all(
    asked.map(async ({ room, after }) => readPage(room, after, views.get(room), messages)),
  );
  let left = limits.responseBytes;
  return pages.map(({ known, after, events }, index) => {
    const budget = left / (pages.length - index);
    const history = after === undefined ? newest(events, budget) : missed(events, after, budget);
    left -= sizeOf(history.messages);
    return { ...known, ...history };
  });
}

async function readPage(
  room: string,
  after: number | undefined,
  view: RoomView | undefined,
  messages: Messages,
) {
  const known = { room, lastSeq: view?.lastSeq ?? 0, readSeq: view?.member?.readSeq ?? 0 };
  // A client that is ahead of the room remembers another log (a table restored or started anew).
  if (after === undefined || after > known.lastSeq) {
    const page = await messages.before(room, undefined, limits.newestPageSize);
    return { known, after: undefined, events: page.map(toEvent) };
  }
  const page = await messages.after(room, after, limits.pageSize);
  return { known, after, events: page.map(toEvent) };
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
