import { describe, expect, it } from 'vitest';
import { onEachEngine } from '#test/support/engines.ts';
import { transact } from './documents.ts';

const now = 1_750_000_000_000;
const read = { shards: 2, small: true };

onEachEngine((storage) => {
  const person = (userId: string) => ({ userId, name: userId.toUpperCase(), role: 'member' as const });
  const add = (room: string, userId: string, at = now) =>
    storage().members.add(room, person(userId), read, at);
  const banOf = (userId: string, until?: number) => ({ userId, name: userId, by: 'olga', at: now, until });

  async function count(room: string): Promise<number | undefined> {
    return (await storage().rooms.readForSubscribe([room], 'nobody')).get(room)?.memberCount;
  }

  it('adds a person once, of however many who ask at once, and counts them', async () => {
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => add('add', 'ann')));
    expect(outcomes.toSorted()).toEqual(['added', 'already', 'already', 'already', 'already']);
    await Promise.all(['ben', 'cid', 'dan'].map((userId) => add('add', userId)));
    expect(await count('add')).toBe(4);
    expect(await storage().rooms.readMember('add', 'ann')).toMatchObject({
      ...person('ann'),
      ...read,
      readSeq: 0,
    });
  });

  it('removes a person once', async () => {
    await add('remove', 'ann');
    const removed = await Promise.all([1, 2, 3].map(() => storage().members.remove('remove', 'ann', read)));
    expect(removed.filter(Boolean)).toHaveLength(1);
    expect(await count('remove')).toBe(0);
  });

  describe('a ban', () => {
    it('removes, and keeps out until it is over or lifted', async () => {
      const { documents, members, rooms } = storage();
      await add('ban', 'bad');
      await members.ban('ban', banOf('bad', now + 1_000), read);
      await members.ban('ban', banOf('worse'), read);
      expect(await rooms.readMember('ban', 'bad')).toBeUndefined();
      expect(await count('ban')).toBe(0);
      expect(await rooms.listMemberships('bad')).toEqual([]);
      expect([await add('ban', 'bad'), await add('ban', 'worse')]).toEqual(['banned', 'banned']);
      expect(await add('ban', 'bad', now + 1_000)).toBe('added');
      await transact(documents, [members.liftBan('ban', 'worse')]);
      expect(await add('ban', 'worse')).toBe('added');
    });

    it('against joining at the same moment leaves nobody who is both', async () => {
      const racers = Array.from({ length: 10 }, (_, index) => `racer-${index}`);
      await Promise.all(
        racers.flatMap((userId) => [add('race', userId), storage().members.ban('race', banOf(userId), read)]),
      );
      expect((await storage().members.list('race', undefined, 100)).items).toEqual([]);
      expect((await storage().members.bans('race', undefined, 100)).items).toHaveLength(10);
      expect(await count('race')).toBe(0);
    });
  });

  it('lists members and bans by user id, page by page, and each without the other', async () => {
    const { members } = storage();
    for (const userId of ['c', 'a', 'b']) await add('pages', userId);
    for (const userId of ['y', 'x']) await members.ban('pages', banOf(userId), read);
    const first = await members.list('pages', undefined, 2);
    expect(first).toMatchObject({ items: [{ userId: 'a' }, { userId: 'b' }], next: 'b' });
    expect((await members.list('pages', first.next, 2)).items).toMatchObject([{ userId: 'c' }]);
    expect((await members.bans('pages', 'x', 2)).items).toMatchObject([{ userId: 'y' }]);
  });

  it('changes roles and mutes of those who are members', async () => {
    const { members, rooms } = storage();
    await add('change', 'ann');
    const change = (patch: Parameters<typeof members.change>[2]) =>
      members.change('change', 'ann', patch, read, now);
    expect(await change({ role: 'moderator', mutedUntil: now + 1 })).toBe(true);
    expect(await rooms.readMember('change', 'ann')).toMatchObject({ role: 'moderator', mutedUntil: now + 1 });
    expect(await change({ mutedUntil: null })).toBe(true);
    expect(await rooms.readMember('change', 'ann')).not.toHaveProperty('mutedUntil');
    expect(await members.change('change', 'nobody', { role: 'owner' }, read, now)).toBe(false);
    expect(await rooms.readMember('change', 'nobody')).toBeUndefined();
  });

  it('hands a room over to one, and to nobody who is no member', async () => {
    const { members, rooms } = storage();
    await members.add('hand', { ...person('ann'), role: 'owner' }, read, now);
    for (const userId of ['ben', 'cid']) await add('hand', userId);
    const give = (to: string) => members.handOver('hand', { from: 'ann', to }, read, now);
    expect(await give('nobody')).toBe(false);
    const given = await Promise.all(['ben', 'cid'].map(give));
    expect(given.filter(Boolean)).toHaveLength(1);
    const roles = (await members.list('hand', undefined, 10)).items.map(({ role }) => role);
    expect(roles.toSorted()).toEqual(['member', 'moderator', 'owner']);
    expect(await rooms.readMember('hand', 'ann')).toMatchObject({ role: 'moderator' });
  });
});
