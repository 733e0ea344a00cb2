import { describe, expect, it } from 'vitest';
import { mayAddPeople, memberActions } from './permissions.ts';

const now = 1_000;
const alice = { id: 'alice', now };

describe('the menu of a member', () => {
  const keeping = ['mute', 'remove', 'ban'];
  it.each([
    ['member', 'member', ['message']],
    ['member', 'moderator', ['message']],
    ['member', 'owner', ['message']],
    ['moderator', 'member', ['message', ...keeping]],
    ['moderator', 'moderator', ['message']],
    ['moderator', 'owner', ['message']],
    ['owner', 'member', ['message', 'makeModerator', 'handOver', ...keeping]],
    ['owner', 'moderator', ['message', 'makeMember', 'handOver', ...keeping]],
  ] as const)('offers a %s about a %s: %j', (role, other, offered) => {
    expect(memberActions({ kind: 'room', role }, { userId: 'bob', role: other }, alice)).toEqual(offered);
  });

  it('offers nothing about oneself', () => {
    for (const role of ['owner', 'moderator', 'member'] as const)
      expect(memberActions({ kind: 'room', role }, { userId: 'alice', role }, alice)).toEqual([]);
  });

  it('ends a mute that is in force, and no other', () => {
    const muted = (mutedUntil: number) =>
      memberActions(
        { kind: 'room', role: 'moderator' },
        { userId: 'bob', role: 'member', mutedUntil },
        alice,
      );
    expect(muted(now + 1)).toContain('unmute');
    expect(muted(now)).toContain('mute');
  });

  it('only leads elsewhere in a direct room, where that is another one', () => {
    const bob = { userId: 'bob', role: 'member' } as const;
    const direct = { kind: 'direct', role: 'member' } as const;
    const people = ['alice', 'bob', 'carol'].map((userId) => ({ userId, name: userId }));
    expect(memberActions({ ...direct, people }, bob, alice)).toEqual(['message']);
    expect(memberActions({ ...direct, people: people.slice(0, 2) }, bob, alice)).toEqual([]);
  });
});

describe('adding people', () => {
  it.each([
    ['room', 'open', 'member', true],
    ['room', 'restricted', 'member', false],
    ['room', 'restricted', 'moderator', true],
    ['room', 'restricted', 'owner', true],
    ['direct', 'restricted', 'owner', false],
  ] as const)('%s, %s, by a %s: %s', (kind, mode, role, may) => {
    expect(mayAddPeople({ kind, mode, role })).toBe(may);
    expect(mayAddPeople({ kind, mode, role, archivedAt: 1 })).toBe(false);
  });
});
