import { createHash, randomUUID } from 'node:crypto';
import type * as z from 'zod';
import type { MyRoom, NewRoom, publicRooms, RoomPatch, roomForOthers } from '#shared/contract/http.ts';
import { retryOnConflict } from '#shared/storage/documents.ts';
import type { Members } from '#shared/storage/members.ts';
import type { Messages } from '#shared/storage/messages.ts';
import { toEvent } from '#shared/storage/messages.ts';
import type { People } from '#shared/storage/people.ts';
import type { listPosition, RoomDirectory } from '#shared/storage/room-directory.ts';
import type { Rooms } from '#shared/storage/rooms.ts';
import { moderates } from '../access/writing.ts';
import { roomInfoOf } from '../changes/rooms-changes.ts';
import { asMember, conflict, forbidden, type MemberView, notMember, viewOf, viewsOf } from './access.ts';
import { ApiError } from './problems.ts';

export interface Collaborators {
  rooms: Rooms;
  directory: RoomDirectory;
  members: Members;
  messages: Messages;
  people: People;
}

/** Rooms of one page of one's own, at most: each costs a read of its last message. */
const myRoomsPage = 25;

/** @returns one's rooms, those of one page, each with what is unread and its last message */
export async function listMyRooms(
  userId: string,
  { from, limit }: { from: string | undefined; limit: number },
  collaborators: Collaborators,
): Promise<{ rooms: MyRoom[]; next: string | undefined }> {
  const memberships = await collaborators.rooms.listMemberships(userId);
  const ids = memberships.map(({ roomId }) => roomId).toSorted();
  const page = ids.filter((id) => from === undefined || id > from).slice(0, Math.min(limit, myRoomsPage));
  const views = await viewsOf(page, userId, collaborators.rooms);
  const rooms = await Promise.all(
    views.map(async ({ room, member, ...view }) =>
      // The index may be a moment behind the rows.
      room && member ? await describe({ room, member, ...view }, collaborators) : undefined,
    ),
  );
  const last = page.at(-1);
  const more = last !== undefined && ids.some((id) => id > last);
  return { rooms: rooms.filter((room) => room !== undefined), next: more ? last : undefined };
}

/** @throws ApiError 403 to who may not see the room, whether it exists or not */
export async function readRoom(
  roomId: string,
  userId: string,
  collaborators: Collaborators,
): Promise<MyRoom | z.infer<typeof roomForOthers>> {
  const { room, member, ...view } = await viewOf(roomId, userId, collaborators.rooms);
  if (room && member) return await describe({ room, member, ...view }, collaborators);
  if (room?.visibility !== 'public') throw notMember(roomId);
  return { ...roomInfoOf(room), memberCount: view.memberCount };
}

/** Makes a room, whose owner one is. */
export async function createRoom(
  { name, description, visibility, mode }: NewRoom,
  userId: string,
  collaborators: Collaborators,
  now: number,
): Promise<MyRoom> {
  const person = await known(userId, collaborators.people);
  const roomId = randomUUID();
  const room = {
    roomId,
    kind: 'room' as const,
    name,
    description: description || undefined,
    visibility,
    mode,
  };
  const created = await collaborators.directory.create(
    room,
    [{ userId, name: person.name, role: 'owner' }],
    now,
  );
  if (!created) throw new Error(`A random id exists already: ${roomId}`);
  return await describe(await asMember(roomId, userId, collaborators.rooms), collaborators);
}

/**
 * The direct room of these people, oneself among them. Its id follows from theirs, so that there is one however often
 * and by whomever it is asked for.
 * @throws ApiError 404 where one of them does not exist, 400 where one is oneself
 */
export async function openDirect(
  others: string[],
  userId: string,
  collaborators: Collaborators,
  now: number,
): Promise<{ room: MyRoom; created: boolean }> {
  const everybody = [...new Set([userId, ...others])].toSorted();
  if (everybody.length !== others.length + 1) {
    throw new ApiError(400, 'Invalid request', 'people: each once, and not oneself');
  }
  const people = await Promise.all(everybody.map((id) => known(id, collaborators.people)));
  const roomId = `d-${createHash('sha256').update(everybody.join()).digest('base64url')}`;
  const created = await collaborators.directory.create(
    { roomId, kind: 'direct', name: '', visibility: 'private', mode: 'restricted' },
    people.map(({ userId: id, name }) => ({ userId: id, name, role: 'member' as const })),
    now,
  );
  const view = await asMember(roomId, userId, collaborators.rooms);
  return { room: await describe(view, collaborators), created };
}

/**
 * Changes what people see of a room.
 * @throws ApiError 403 to who may not change it, or not this; 409 where it is archived, and is to stay so
 */
export async function changeRoom(
  roomId: string,
  patch: RoomPatch,
  userId: string,
  collaborators: Collaborators,
  now: number,
): Promise<MyRoom> {
  return await retryOnConflict(() => attemptChange(roomId, patch, userId, collaborators, now));
}

async function attemptChange(
  roomId: string,
  patch: RoomPatch,
  userId: string,
  collaborators: Collaborators,
  now: number,
): Promise<MyRoom> {
  const view = await asMember(roomId, userId, collaborators.rooms);
  const { role } = view.member;
  if (view.room.kind === 'direct') throw forbidden('A direct room is what its people are');
  if (!moderates(role)) throw forbidden('Only moderators change a room');
  const { name, description, ...owners } = patch;
  const { archived, ...others } = patch;
  if (Object.keys(owners).length > 0 && role !== 'owner') {
    throw forbidden(`Only the owner changes ${Object.keys(owners).join(', ')}`);
  }
  if (view.room.archivedAt !== undefined && archived !== false && Object.keys(others).length > 0) {
    throw conflict('The room is archived: it is read only');
  }
  const room = await collaborators.directory.change(view.room, patch, now);
  return await describe({ ...view, room }, collaborators);
}

/** Public rooms by the beginning of their name, and whether one is in them already. */
export async function browse(
  {
    search = '',
    from,
    limit,
  }: { search?: string | undefined; from: z.infer<typeof listPosition> | undefined; limit: number },
  userId: string,
  { rooms, directory }: Collaborators,
): Promise<Pick<z.infer<typeof publicRooms>, 'rooms'> & { next: z.infer<typeof listPosition> | undefined }> {
  if (from && !from.listedName.startsWith(search.toLowerCase())) {
    throw new ApiError(400, 'Invalid request', 'cursor: is one of another search');
  }
  const { items, next } = await directory.listPublic(search, from, limit);
  const ids = items.map(({ roomId }) => roomId);
  const views = await viewsOf(ids, userId, rooms);
  // The index may be a moment behind the rows, and what a room was a moment ago may be secret now.
  const found = views.flatMap(({ room, member, memberCount }) =>
    room?.visibility === 'public' && room.archivedAt === undefined
      ? { ...roomInfoOf(room), memberCount, joined: member !== undefined }
      : [],
  );
  return { rooms: found, next };
}

/** A room as its member sees it. */
async function describe(
  { room, member, lastSeq, memberCount }: MemberView,
  { messages, members }: Collaborators,
): Promise<MyRoom> {
  const [newest, people] = await Promise.all([
    lastSeq > 0 ? messages.before(room.roomId, undefined, 1) : [],
    room.kind === 'direct' ? members.list(room.roomId, undefined, 9) : undefined,
  ]);
  const { role, readSeq, mutedUntil } = member;
  const [lastMessage] = newest.map(toEvent);
  return {
    ...roomInfoOf(room),
    role,
    readSeq,
    lastSeq,
    unread: Math.max(0, lastSeq - readSeq),
    mutedUntil,
    memberCount,
    lastMessage,
    people: people?.items.map(({ userId, name }) => ({ userId, name })),
  };
}

async function known(userId: string, people: People) {
  const person = await people.read(userId);
  if (!person) throw new ApiError(404, 'Unknown person', `There is no ${userId}`);
  return person;
}
