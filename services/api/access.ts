import type { Role } from '#shared/contract/events.ts';
import type { Member, Room, Rooms, RoomView } from '#shared/storage/rooms.ts';
import { moderates } from '../access/writing.ts';
import { ApiError } from './problems.ts';

/** A room, and oneself in it. */
export interface MemberView extends RoomView {
  room: Room;
  member: Member;
}

/** The room as one person sees it; of one that does not exist, nothing. */
export async function viewOf(roomId: string, userId: string, rooms: Rooms): Promise<RoomView> {
  const [view] = await viewsOf([roomId], userId, rooms);
  if (!view) throw new Error(`${roomId} was not read`);
  return view;
}

/** Rooms that are read at once: three rows of each, of BatchGetItem's 100. */
const roomsPerRead = 33;

/** The rooms as one person sees them, in the order of their ids. */
export async function viewsOf(roomIds: string[], userId: string, rooms: Rooms): Promise<RoomView[]> {
  const views: RoomView[] = [];
  for (let start = 0; start < roomIds.length; start += roomsPerRead) {
    const some = roomIds.slice(start, start + roomsPerRead);
    const read = await rooms.readForSubscribe(some, userId);
    views.push(...some.flatMap((roomId) => read.get(roomId) ?? []));
  }
  return views;
}

/** @throws ApiError 403 to those who are not members, whether the room exists or not */
export async function asMember(roomId: string, userId: string, rooms: Rooms): Promise<MemberView> {
  const { room, member, ...view } = await viewOf(roomId, userId, rooms);
  if (!room || !member) throw notMember(roomId);
  return { ...view, room, member };
}

/** @throws ApiError 403 to those who are neither moderators nor the owner */
export async function asModerator(roomId: string, userId: string, rooms: Rooms): Promise<MemberView> {
  const view = await asMember(roomId, userId, rooms);
  if (!moderates(view.member.role)) throw forbidden('Only moderators do this');
  return view;
}

export function notMember(roomId: string): ApiError {
  return new ApiError(403, 'Not a member', `Not a member of ${roomId}`);
}

export function forbidden(detail: string): ApiError {
  return new ApiError(403, 'Forbidden', detail);
}

export function conflict(detail: string): ApiError {
  return new ApiError(409, 'Conflict', detail);
}

/** Whether one of that role has power over one of the other: the owner over all others, moderators over members. */
export function outranks(role: Role, other: Role): boolean {
  const rank = { owner: 2, moderator: 1, member: 0 };
  return rank[role] > rank[other] && role !== 'member';
}
