import type { SubscribedFrame, SubscribeFrame } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import type { ConnectionId, Connections } from '#shared/storage/connections.ts';
import {
  ConditionFailed,
  Conflict,
  type Documents,
  retryOnConflict,
  transact,
} from '#shared/storage/documents.ts';
import type { Members } from '#shared/storage/members.ts';
import type { Messages } from '#shared/storage/messages.ts';
import type { Presences } from '#shared/storage/presence.ts';
import type { Room, Rooms, RoomView } from '#shared/storage/rooms.ts';
import { subscribeShards } from '#shared/storage/shard-counts.ts';
import { shardOf } from '#shared/storage/shards.ts';
import { FrameError } from '../websocket/frame-handler.ts';
import { readHistory } from './history.ts';
import { readPresent } from './present.ts';

export interface Collaborators {
  documents: Documents;
  rooms: Rooms;
  messages: Messages;
  connections: Connections;
  members: Members;
  presences: Presences;
}

/**
 * Subscribes a connection to all of the frame's rooms or none, and returns what each has missed. One's personal feed
 * is a room of its own, which has no history. The subscriptions are written first, and history and who is online are
 * read after, all consistently, so that nothing falls between.
 * @throws FrameError `not_member` (with the rooms), `too_many_rooms`
 */
export async function subscribe(
  frame: SubscribeFrame,
  caller: ConnectionId,
  collaborators: Collaborators,
  now: number,
): Promise<SubscribedFrame> {
  const views = await retryOnConflict(() => writeSubscriptions(frame, caller, collaborators, now));
  const present = readPresent(frame, views, caller.userId, collaborators, now);
  const rooms = await readHistory(frame, views, collaborators.messages, present);
  return { type: 'subscribed', id: frame.id, rooms };
}

async function writeSubscriptions(
  { rooms: asked }: SubscribeFrame,
  caller: ConnectionId,
  { documents, rooms, connections }: Collaborators,
  now: number,
): Promise<Map<string, RoomView>> {
  const feed = `@${caller.userId}`;
  const feeds = asked.map(({ room }) => room).filter((room) => room.startsWith('@'));
  const foreign = feeds.filter((room) => room !== feed);
  if (foreign.length > 0) throw notMember(foreign);
  const names = asked.map(({ room }) => room).filter((room) => room !== feed);
  const [views, subscribed] = await Promise.all([
    rooms.readForSubscribe(names, caller.userId),
    connections.rooms(caller),
  ]);
  // The socket closed meanwhile: nobody reads the answer, and nothing may be written for it.
  if (!subscribed) throw new FrameError('unavailable', 'The connection is closed');

  const refused = names.filter((name) => !views.get(name)?.room || !views.get(name)?.member);
  if (refused.length > 0) throw notMember(refused);

  const added = [...names, ...feeds].filter((name) => !subscribed.has(name));
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
  // The feed comes last and needs no check: nobody but its person gets here with it.
  const checks = added.filter((name) => name !== feed).map((name) => rooms.checkMember(name, caller.userId));
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
