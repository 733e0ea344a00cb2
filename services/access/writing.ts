import type { Role } from '#shared/contract/events.ts';
import type { Member, Room } from '#shared/storage/rooms.ts';
import { FrameError } from '../websocket/frame-handler.ts';

/** A room, and oneself in it, as a frame that writes to it found them. */
export interface Writer {
  room: Room;
  member: Member;
}

/** @throws FrameError `not_member`, whether the room exists or not */
export function asMember(
  roomId: string,
  { room, member }: { room: Room | undefined; member: Member | undefined },
): Writer {
  if (!room || !member) throw new FrameError('not_member', `Not a member of ${roomId}`, { rooms: [roomId] });
  return { room, member };
}

/**
 * Whether the person may write to the room now.
 * @throws FrameError `archived`, `muted`
 */
export function mayWrite({ room, member }: Writer, now: number): void {
  mayChange(room);
  if ((member.mutedUntil ?? 0) > now) throw new FrameError('muted', 'You may not write to this room now');
}

/** @throws FrameError `archived` */
export function mayChange(room: Room): void {
  if (room.archivedAt !== undefined)
    throw new FrameError('archived', 'The room is archived: it is read only');
}

/** Moderators and owners look after a room: its name, its members, what they wrote. */
export function moderates(role: Role): boolean {
  return role === 'moderator' || role === 'owner';
}
