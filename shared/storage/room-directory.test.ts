import { expect, it } from 'vitest';
import { onEachEngine } from '#test/support/engines.ts';
import { Conflict } from './documents.ts';

const now = 1_750_000_000_000;
const owner = { userId: 'olga', name: 'Olga', role: 'owner' as const };

onEachEngine((storage) => {
  async function create(roomId: string, more: { name?: string; visibility?: 'public' | 'private' } = {}) {
    const room = { roomId, kind: 'room', name: roomId, visibility: 'public', mode: 'open', ...more } as const;
    return await storage().directory.create(room, [owner], now);
  }

  async function read(roomId: string) {
    const { room } = await storage().rooms.readForSend(roomId, 'olga');
    if (!room) throw new Error(`There is no ${roomId}`);
    return room;
  }

  it('makes a room with its members, once, of however many who ask at once', async () => {
    const made = await Promise.all([1, 2, 3].map(() => create('once')));
    expect(made.filter(Boolean)).toHaveLength(1);
    const view = (await storage().rooms.readForSubscribe(['once'], 'olga')).get('once');
    expect(view).toMatchObject({
      room: { name: 'once', createdAt: now },
      member: owner,
      memberCount: 1,
      lastSeq: 0,
    });
  });

  it('changes what is asked, and only where nobody changed it since it was read', async () => {
    const { directory, rooms } = storage();
    await create('changed');
    await rooms.fitShards('changed', { shard: 0, connections: 1_001 }, now);
    const before = await read('changed');
    const after = await directory.change(before, { name: 'New', description: 'why', archived: true }, now);
    expect(await read('changed')).toEqual(after);
    expect(after).toMatchObject({
      name: 'New',
      description: 'why',
      archivedAt: now,
      shardCounts: before.shardCounts,
    });
    await expect(directory.change(before, { name: 'Lost' }, now)).rejects.toBeInstanceOf(Conflict);
    const again = await directory.change(after, { description: '', archived: false }, now);
    expect(await read('changed')).toEqual({ ...again });
    expect(again.archivedAt).toBeUndefined();
  });

  it('lists what is public and lives, by name whatever the case, page by page', async () => {
    const { directory } = storage();
    for (const name of ['Lime', 'lemon', 'Melon', 'LEEK']) await create(`list-${name}`, { name });
    await create('list-secret', { name: 'Lentil', visibility: 'private' });
    await create('list-archived', { name: 'Lettuce' });
    await directory.change(await read('list-archived'), { archived: true }, now);
    const first = await directory.listPublic('L', undefined, 2);
    expect(first.items.map(({ name }) => name)).toEqual(['LEEK', 'lemon']);
    expect((await directory.listPublic('L', first.next, 2)).items.map(({ name }) => name)).toEqual(['Lime']);
    await directory.change(await read('list-Lime'), { name: 'Quince' }, now);
    expect((await directory.listPublic('q', undefined, 2)).items.map(({ name }) => name)).toEqual(['Quince']);
    expect((await directory.listPublic('li', undefined, 2)).items).toEqual([]);
  });
});
