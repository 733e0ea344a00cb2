import { expect, it } from 'vitest';
import { limits } from '#shared/contract/limits.ts';
import { onEachEngine } from '#test/support/engines.ts';

const now = 1_750_000_000_000;

onEachEngine((storage) => {
  const webhookOf = (roomId: string, id: string) => ({
    roomId,
    id,
    url: `https://example.org/${id}`,
    secret: 'whsec_c2VjcmV0',
    createdBy: 'olga',
    createdAt: now,
  });

  async function roomWith(roomId: string, ...ids: string[]): Promise<void> {
    await storage().rooms.create({ roomId, name: roomId, visibility: 'private', mode: 'open' }, now);
    for (const id of ids) expect(await storage().webhooks.add(webhookOf(roomId, id))).toBe(true);
  }

  /** How many a send finds in the room's row. */
  async function counted(roomId: string): Promise<number | undefined> {
    return (await storage().rooms.readForSend(roomId, 'nobody')).room?.webhooks;
  }

  it('keeps them in the order of their ids, and counts them in the room', async () => {
    await roomWith('keep', 'b', 'a');
    const [a, b] = await storage().webhooks.list('keep');
    expect(a).toEqual({ ...webhookOf('keep', 'a'), failures: 0 });
    expect(b?.id).toBe('b');
    expect(await storage().webhooks.read('keep', 'a')).toEqual(a);
    expect(await counted('keep')).toBe(2);
  });

  it('adds no more than a room may have, however many come at once', async () => {
    await roomWith('crowd');
    const ids = Array.from({ length: limits.webhooks + 3 }, (_, index) => `id-${index}`);
    const added = await Promise.all(ids.map((id) => storage().webhooks.add(webhookOf('crowd', id))));
    expect(added.filter(Boolean)).toHaveLength(limits.webhooks);
    expect(await storage().webhooks.list('crowd')).toHaveLength(limits.webhooks);
    expect(await counted('crowd')).toBe(limits.webhooks);

    // One that is disabled has its place still; one that is removed gives it up, once.
    const [first, second] = await storage().webhooks.list('crowd');
    await storage().webhooks.disable('crowd', first?.id ?? '', now);
    expect(await storage().webhooks.add(webhookOf('crowd', 'more'))).toBe(false);
    await Promise.all([1, 2].map(() => storage().webhooks.remove('crowd', second?.id ?? '')));
    expect(await storage().webhooks.add(webhookOf('crowd', 'more'))).toBe(true);
    expect(await storage().webhooks.add(webhookOf('crowd', 'yet-more'))).toBe(false);
  });

  it('adds none to a room that does not exist', async () => {
    expect(await storage().webhooks.add(webhookOf('nowhere', 'a'))).toBe(false);
    expect(await storage().webhooks.list('nowhere')).toEqual([]);
  });

  it('disables one after so many failures in a row, by one of those who see so at once', async () => {
    await roomWith('fail', 'a', 'b');
    const fail = () => storage().webhooks.failed('fail', 'a', now);
    for (let count = 1; count < limits.webhookFailures; count++) expect(await fail()).toBe(false);
    const failing = await storage().webhooks.read('fail', 'a');
    expect(failing).toMatchObject({ failures: limits.webhookFailures - 1 });
    if (failing) await storage().webhooks.succeeded(failing);
    expect(await storage().webhooks.read('fail', 'a')).toMatchObject({ failures: 0 });

    const outcomes = await Promise.all(Array.from({ length: limits.webhookFailures + 2 }, fail));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await storage().webhooks.read('fail', 'a')).toMatchObject({ disabledAt: now });
    expect(await counted('fail')).toBe(1);
    // What comes late changes nothing.
    await storage().webhooks.succeeded(webhookWithFailures('fail', 'a'));
    expect(await storage().webhooks.read('fail', 'a')).toMatchObject({ disabledAt: now });

    await Promise.all([1, 2].map(() => storage().webhooks.enable('fail', 'a')));
    expect(await storage().webhooks.read('fail', 'a')).not.toHaveProperty('disabledAt');
    expect(await counted('fail')).toBe(2);
  });

  it('counts no failure of one that is gone', async () => {
    await roomWith('gone', 'a');
    await storage().webhooks.remove('gone', 'a');
    expect(await storage().webhooks.failed('gone', 'a', now)).toBe(false);
    expect(await storage().webhooks.disable('gone', 'a', now)).toBe(false);
    await storage().webhooks.enable('gone', 'a');
    expect(await storage().webhooks.list('gone')).toEqual([]);
    expect(await counted('gone')).toBe(0);
  });

  const webhookWithFailures = (roomId: string, id: string) => ({ ...webhookOf(roomId, id), failures: 3 });
});
