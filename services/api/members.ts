import type * as z from 'zod';
import type { bans, MemberPatch, members as memberList } from '#shared/contract/http.ts';
import type { Connections } from '#shared/storage/connections.ts';
import type { Documents } from '#shared/storage/documents.ts';
import { retryOnConflict, transact } from '#shared/storage/documents.ts';
import type { Members } from '#shared/storage/members.ts';
import { dropEverywhere } from '#shared/storage/memberships.ts';
import type { People } from '#shared/storage/people.ts';
import type { Presences } from '#shared/storage/presence.ts';
import type { RoomDirectory } from '#shared/storage/room-directory.ts';
import type { Member, Rooms } from '#shared/storage/rooms.ts';
import { asRead } from '../access/as-read.ts';
import { isSmall } from '../access/small-room.ts';
import { moderates } from '../access/writing.ts';
import { asMember, asModerator, conflict, forbidden, notMember, outranks, viewOf } from './access.ts';
import { ApiError } from './problems.ts';

export interface Collaborators {
  documents: Documents;
  rooms: Rooms;
  directory: RoomDirectory;
  members: Members;
  connections: Connections;
  people: People;
  presences: Presences;
}

type Listed = z.infer<typeof memberList>['members'][number];

/** One page of the room's members. In a small room with their read positions, and whether they are online. */
export async function listMembers(
  roomId: string,
  { from, limit }: { from: string | undefined; limit: number },
  userId: string,
  { rooms, members, presences }: Collaborators,
  now: number,
): Promise<z.infer<typeof memberList>> {
  const view = await asMember(roomId, userId, rooms);
  const { items, next } = await members.list(roomId, from, limit);
  if (!isSmall(view)) return { members: items.map((member) => listed(member, false)), next };
  const online = await presences.online(
    items.map((member) => member.userId),
    now,
  );
  return {
    members: items.map((member) => ({ ...listed(member, true), online: online.has(member.userId) })),
    next,
  };
}

/** Joins a public, open room. @throws ApiError 403, 409 (archived) */
export async function join(roomId: string, userId: string, collaborators: Collaborators, now: number) {
  const { room, member, ...view } = await viewOf(roomId, userId, collaborators.rooms);
  if (member) return { member: listed(member, isSmall(view)), added: false };
  if (room?.visibility !== 'public') throw notMember(roomId);
  if (room.mode === 'restricted') throw forbidden('Moderators add members to this room');
  return await add(roomId, userId, { room, member, ...view }, collaborators, now);
}

/**
 * Adds somebody: in an open room by any member, in a restricted one by moderators.
 * @throws ApiError 403 (banned, too), 404 (no such person), 409 (archived)
 */
export async function addMember(
  roomId: string,
  added: string,
  userId: string,
  collaborators: Collaborators,
  now: number,
) {
  const view = await asMember(roomId, userId, collaborators.rooms);
  if (view.room.kind === 'direct') throw forbidden('A direct room has the people that it was opened with');
  if (view.room.mode === 'restricted' && !moderates(view.member.role)) {
    throw forbidden('Moderators add members to this room');
  }
  const present = await collaborators.rooms.readMember(roomId, added);
  if (present) return { member: listed(present, isSmall(view)), added: false };
  return await add(roomId, added, view, collaborators, now);
}

async function add(
  roomId: string,
  userId: string,
  view: Parameters<typeof asRead>[0],
  { rooms, members, people, presences }: Collaborators,
  now: number,
) {
  if (view.room.archivedAt !== undefined) throw conflict('The room is archived: it is read only');
  const person = await people.read(userId);
  if (!person) throw new ApiError(404, 'Unknown person', `There is no ${userId}`);
  // Whoever is in the room was told who is online when they came, and hears of changes: this is one.
  const online = isSmall(view) && (await presences.online([userId], now)).has(userId);
  const joining = { userId, name: person.name, role: 'member' as const, ...(online && { online }) };
  const outcome = await members.add(roomId, joining, asRead(view, now), now);
  if (outcome === 'banned') throw forbidden('This person is banned from the room');
  const member = await rooms.readMember(roomId, userId);
  // Removed again between the two.
  if (!member) throw conflict('The membership has ended already');
  return { member: listed(member, isSmall(view)), added: outcome === 'added' };
}

/** Leaves a room. Again is no error. @throws ApiError 403 (a direct room), 409 (the owner, while others are in it) */
export async function leave(
  roomId: string,
  userId: string,
  collaborators: Collaborators,
  now: number,
): Promise<void> {
  await retryOnConflict(() => attemptToLeave(roomId, userId, collaborators, now));
}

async function attemptToLeave(
  roomId: string,
  userId: string,
  collaborators: Collaborators,
  now: number,
): Promise<void> {
  const { room, member, ...view } = await viewOf(roomId, userId, collaborators.rooms);
  // What a handler left behind that died after the member's row went, goes now.
  if (!room || !member) return await dropEverywhere(roomId, userId, collaborators);
  if (room.kind === 'direct') throw forbidden('A direct room is not left');
  if (member.role === 'owner') {
    const { items } = await collaborators.members.list(roomId, undefined, 2);
    if (items.length > 1) throw conflict('Make somebody else the owner first');
    await collaborators.directory.change(room, { archived: true }, now);
  }
  await end(roomId, userId, { room, member, ...view }, collaborators, now);
}

/** Removes somebody. Again is no error. @throws ApiError 403 */
export async function removeMember(
  roomId: string,
  removed: string,
  userId: string,
  collaborators: Collaborators,
  now: number,
): Promise<void> {
  const view = await asModerator(roomId, userId, collaborators.rooms);
  const member = await collaborators.rooms.readMember(roomId, removed);
  if (!member) return await dropEverywhere(roomId, removed, collaborators);
  if (!outranks(view.member.role, member.role)) throw forbidden(`You may not remove a ${member.role}`);
  await end(roomId, removed, view, collaborators, now);
}

async function end(
  roomId: string,
  userId: string,
  view: Parameters<typeof asRead>[0],
  collaborators: Collaborators,
  now: number,
): Promise<void> {
  await collaborators.members.remove(roomId, userId, asRead(view, now));
  await dropEverywhere(roomId, userId, collaborators);
}

/**
 * Changes a member's role (the owner does) or mute (moderators do). Who makes another the owner becomes a moderator.
 * @throws ApiError 403, 404 (no such member), 409 (the room changed hands meanwhile)
 */
export async function changeMember(
  roomId: string,
  changed: string,
  patch: MemberPatch,
  userId: string,
  { rooms, members }: Collaborators,
  now: number,
): Promise<Listed> {
  const view = await asModerator(roomId, userId, rooms);
  const { role } = view.member;
  const member = await rooms.readMember(roomId, changed);
  if (!member) throw new ApiError(404, 'No such member', `${changed} is not a member of ${roomId}`);
  if (patch.role !== undefined && role !== 'owner') throw forbidden('Only the owner gives roles');
  if (!outranks(role, member.role)) throw forbidden(`You may not change a ${member.role}`);
  const read = asRead(view, now);
  if (patch.role === 'owner') {
    if (!(await members.handOver(roomId, { from: userId, to: changed }, read, now))) {
      throw conflict('The room has another owner already, or one of the two is no member any more');
    }
  } else {
    await members.change(roomId, changed, patch, read, now);
  }
  const after = await rooms.readMember(roomId, changed);
  if (!after) throw new ApiError(404, 'No such member', `${changed} is not a member of ${roomId}`);
  return listed(after, isSmall(view));
}

/** Keeps somebody out, member or not, until a time or for ever. @throws ApiError 403, 404 (no such person) */
export async function ban(
  roomId: string,
  banned: string,
  { until }: { until?: number | undefined },
  userId: string,
  collaborators: Collaborators,
  now: number,
): Promise<void> {
  const { rooms, members, people } = collaborators;
  const view = await asModerator(roomId, userId, rooms);
  const member = await rooms.readMember(roomId, banned);
  if (banned === userId || (member && !outranks(view.member.role, member.role))) {
    throw forbidden(`You may not ban ${banned === userId ? 'yourself' : `a ${member?.role}`}`);
  }
  const person = await people.read(banned);
  if (!person) throw new ApiError(404, 'Unknown person', `There is no ${banned}`);
  const row = { userId: banned, name: person.name, by: userId, at: now, until };
  await members.ban(roomId, row, asRead(view, now));
  await dropEverywhere(roomId, banned, collaborators);
}

/** Lifts a ban. Again is no error. @throws ApiError 403 */
export async function liftBan(
  roomId: string,
  banned: string,
  userId: string,
  { documents, rooms, members }: Collaborators,
): Promise<void> {
  await asModerator(roomId, userId, rooms);
  await transact(documents, [members.liftBan(roomId, banned)]);
}

/** One page of the bans that are in force. @throws ApiError 403 */
export async function listBans(
  roomId: string,
  { from, limit }: { from: string | undefined; limit: number },
  userId: string,
  { rooms, members }: Collaborators,
  now: number,
): Promise<z.infer<typeof bans>> {
  await asModerator(roomId, userId, rooms);
  const { items, next } = await members.bans(roomId, from, limit);
  return { bans: items.filter(({ until }) => until === undefined || until > now), next };
}

function listed({ userId, name, role, joinedAt, mutedUntil, readSeq }: Member, small: boolean): Listed {
  return { userId, name, role, joinedAt, mutedUntil, ...(small && { readSeq }) };
}
