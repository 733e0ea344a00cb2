import type { Member, MyRoom } from '#client';

export type MemberAction =
  | 'message'
  | 'makeModerator'
  | 'makeMember'
  | 'handOver'
  | 'mute'
  | 'unmute'
  | 'remove'
  | 'ban';

type Role = Member['role'];

/** What one may do with a member of a room, in the order of its menu. The server decides; this is what is offered. */
export function memberActions(
  { kind, role, people }: Pick<MyRoom, 'kind' | 'role' | 'people'>,
  member: Pick<Member, 'userId' | 'role' | 'mutedUntil'>,
  { id, now }: { id: string; now: number },
): MemberAction[] {
  if (member.userId === id) return [];
  if (kind === 'direct') return people?.length === 2 ? [] : ['message'];
  const actions: MemberAction[] = ['message'];
  if (role === 'owner') actions.push(member.role === 'member' ? 'makeModerator' : 'makeMember', 'handOver');
  if (!outranks(role, member.role)) return actions;
  return [...actions, (member.mutedUntil ?? 0) > now ? 'unmute' : 'mute', 'remove', 'ban'];
}

/** Whether one may add people to the room. */
export function mayAddPeople({
  kind,
  mode,
  role,
  archivedAt,
}: Pick<MyRoom, 'kind' | 'mode' | 'role' | 'archivedAt'>): boolean {
  return kind === 'room' && archivedAt === undefined && (mode === 'open' || moderates(role));
}

/** Moderators and the owner. */
export function moderates(role: Role): boolean {
  return role !== 'member';
}

function outranks(role: Role, other: Role): boolean {
  return role === 'owner' ? other !== 'owner' : role === 'moderator' && other === 'member';
}
