import { beforeEach, expect, it } from 'vitest';
import { onEachEngine } from '#test/support/engines.ts';
import { presenceLifeMs } from './presence.ts';
import { connectionLifeMs } from './shards.ts';

onEachEngine((storage) => {
  const now = Date.now();
  let count = 0;
  let userId: string;

  beforeEach(() => {
    userId = `u${++count}`;
  });

  const connect = (connectionId: string, at = now) =>
    storage().connections.open({ userId, connectionId }, at);

  it('somebody is connected with any connection that has not expired', async () => {
    const { presences } = storage();
    expect(await presences.isConnected(userId, now)).toBe(false);
    const longAgo = now - connectionLifeMs;
    await Promise.all(Array.from({ length: 11 }, (_, index) => connect(`c${index}`, longAgo)));
    await presences.change(userId, undefined, true, now);
    expect(await presences.isConnected(userId, now)).toBe(false);
    // Behind more that are dead than are read at once.
    await connect('last');
    expect(await presences.isConnected(userId, now)).toBe(true);
  });

  it('a person’s presence is none of their connections', async () => {
    await connect('c');
    await storage().presences.change(userId, undefined, true, now);
    expect(await storage().connections.ofUser(userId)).toEqual([{ userId, connectionId: 'c' }]);
  });

  it('a change is written if nobody else wrote one since it was read', async () => {
    const { presences } = storage();
    expect(await presences.read(userId)).toBeUndefined();
    expect(await presences.change(userId, undefined, true, now)).toBe(true);
    expect(await presences.change(userId, undefined, true, now)).toBe(false);
    const was = await presences.read(userId);
    expect(was).toMatchObject({ userId, online: true, at: now });
    expect(await presences.change(userId, was, false, now)).toBe(true);
    expect(await presences.change(userId, was, false, now)).toBe(false);
  });

  it('is later than the one before, though the clock is not', async () => {
    const { presences } = storage();
    await presences.change(userId, undefined, true, now);
    await presences.change(userId, await presences.read(userId), false, now - 5_000);
    expect(await presences.read(userId)).toMatchObject({ online: false, at: now + 1 });
  });

  it('is believed for a day, and another one when it is renewed', async () => {
    const { presences } = storage();
    await presences.change(userId, undefined, true, now);
    const was = await presences.read(userId);
    const inADay = now + presenceLifeMs;
    expect(await presences.online([userId], inADay - 1_000)).toEqual(new Set([userId]));
    expect(await presences.online([userId], inADay)).toEqual(new Set());
    if (was) await presences.renew(was, inADay - 1_000);
    expect(await presences.online([userId], inADay)).toEqual(new Set([userId]));
    expect(await presences.read(userId)).toMatchObject({ at: was?.at });
    // Of who has come or gone meanwhile nothing is renewed.
    await presences.change(userId, was, false, now);
    if (was) await presences.renew(was, now);
    expect(await presences.read(userId)).toMatchObject({ online: false });
  });

  it('of many people tells who is online', async () => {
    const { presences } = storage();
    const people = Array.from({ length: 150 }, (_, index) => `${userId}-${index}`);
    const here = people.filter((_, index) => index % 3 === 0);
    await Promise.all(here.map((each) => presences.change(each, undefined, true, now)));
    await presences.change(`${userId}-1`, undefined, false, now);
    expect(await presences.online(people, now)).toEqual(new Set(here));
    expect(await presences.online([], now)).toEqual(new Set());
  });
});
