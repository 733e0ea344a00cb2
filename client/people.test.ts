import { describe, expect, it } from 'vitest';
import type { RoomEvent } from '#shared/contract/events.ts';
import { eventually, range, session, tokenOf } from './test-session.ts';

const here = session();
const at = 1_800_000_000_000;
const frames = (wanted: string) => here.server.frames.filter(({ action }) => action === wanted);

describe('reading', () => {
  it('is told at most once in an interval, the latest only, and never back', async () => {
    here.server.readSeqs.set('general', 5);
    const room = await here.room({ timing: { markReadMs: 200 } });
    expect(room.readSeq).toBe(5);
    for (const seq of [4, 6, 7, 9, 8]) room.markRead(seq);
    expect(room.readSeq).toBe(9);
    await eventually(() => expect(here.server.readSeqs.get('general')).toBe(9));
    expect(frames('markRead')).toMatchObject([{ seq: 6 }, { seq: 9 }]);
  });

  it('is told again on the next connection', async () => {
    const room = await here.room();
    here.server.intercept = ({ action }) => (action === 'markRead' ? 'silence' : undefined);
    room.markRead(3);
    await eventually(() => expect(frames('markRead')).toHaveLength(1));
    here.server.intercept = () => undefined;
    here.server.cut();
    await eventually(() => expect(here.server.readSeqs.get('general')).toBe(3));
  });

  it('is told when the room is left, as far as it was not yet', async () => {
    const room = await here.room({ timing: { markReadMs: 1_000_000 } });
    room.markRead(3);
    room.markRead(8);
    room.leave();
    room.markRead(9);
    await eventually(() => expect(here.server.readSeqs.get('general')).toBe(8));
    await eventually(() => expect(here.server.subscribersOf('general')).toBe(0));
    expect(frames('markRead')).toMatchObject([{ seq: 3 }, { seq: 8 }]);
  });

  it('that is refused is an error of the client', async () => {
    const client = here.client();
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    here.server.intercept = (frame) =>
      frame.action === 'markRead'
        ? { type: 'error', id: frame.id, code: 'not_member', message: 'no' }
        : undefined;
    client.join('general').markRead(3);
    await eventually(() => expect(errors).toMatchObject([{ code: 'not_member' }]));
  });

  it('of others is known by person', async () => {
    const room = await here.room({ token: async () => tokenOf('me') });
    const receipt = (userId: string, seq: number) => ({ type: 'receipt' as const, at, userId, seq });
    const before = room.receipts;
    here.server.tell('general', [receipt('ann', 4), receipt('bob', 7), receipt('ann', 3), receipt('me', 6)]);
    await eventually(() => expect(room.readSeq).toBe(6));
    expect([...room.receipts]).toEqual([
      ['ann', 4],
      ['bob', 7],
    ]);
    expect(before.size).toBe(0);
  });
});

describe('typing', () => {
  it('is told once in an interval', async () => {
    const room = await here.room({ timing: { typingEveryMs: 50 } });
    for (const _ of range(1, 20)) room.typing();
    await eventually(() => {
      room.typing();
      expect(frames('typing').length).toBeGreaterThan(1);
    });
    const calm = await here.room();
    const before = frames('typing').length;
    for (const _ of range(1, 20)) calm.typing();
    await calm.send('done');
    expect(frames('typing')).toHaveLength(before + 1);
    calm.typing();
    await calm.send('more');
    expect(frames('typing')).toHaveLength(before + 2);
  });

  it('shows while it lasts, and not one’s own', async () => {
    const room = await here.room({ token: async () => tokenOf('me'), timing: { typingMs: 100 } });
    const seen: string[] = [];
    room.on('change', () => seen.push(room.typists.map(({ name }) => name).join()));
    const typing = (userId: string) => ({ type: 'typing' as const, at, userId, name: `${userId}!` });
    here.server.tell('general', [typing('ann'), typing('me'), typing('bob')]);
    await eventually(() => expect(seen).toEqual(['ann!,bob!', 'bob!', '']));
  });

  it('ends with the message, also where the news of it comes later', async () => {
    const room = await here.room();
    const typing = { type: 'typing' as const, userId: 'other', name: 'Other' };
    const [message] = here.server.write('general', [1], at);
    here.server.tell('general', [{ ...typing, at: at - 2 }]);
    await eventually(() => expect(room.typists).toEqual([{ userId: 'other', name: 'Other' }]));
    here.server.tell('general', [...(message ? [message] : []), { ...typing, at: at - 1 }]);
    await eventually(() => expect(room.messages).toHaveLength(1));
    expect(room.typists).toEqual([]);
  });
});

describe('presence', () => {
  it('begins with who is there, follows events by their time, and is asked for anew on each connection', async () => {
    here.server.present.set('general', ['ann', 'bob']);
    const room = await here.room();
    expect([...room.online]).toEqual(['ann', 'bob']);
    const event = (type: 'online' | 'offline', userId: string, at: number) => ({ type, at, userId });
    here.server.tell('general', [event('offline', 'ann', at), event('online', 'cid', at)]);
    here.server.tell('general', [event('online', 'ann', at - 1), event('offline', 'bob', at)]);
    await eventually(() => expect([...room.online]).toEqual(['cid']));
    here.server.present.set('general', ['dan']);
    here.server.cut();
    await eventually(() => expect([...room.online]).toEqual(['dan']));
  });
});

describe('somebody who joins', () => {
  it('is online where that is said, unless something newer says otherwise', async () => {
    const room = await here.room();
    const joins = (userId: string) => ({
      type: 'joined' as const,
      at,
      userId,
      name: userId,
      role: 'member' as const,
    });
    here.server.tell('general', [{ type: 'offline', at: at + 1, userId: 'cid' }]);
    here.server.tell('general', [
      { ...joins('ann'), online: true },
      joins('bob'),
      { ...joins('cid'), online: true },
    ]);
    await eventually(() => expect([...room.online]).toEqual(['ann']));
  });
});

describe('presence that did not fit into a reply', () => {
  it('is asked for again, and the room is live meanwhile', async () => {
    here.server.present.set('general', ['ann']);
    here.server.presentCuts = 2;
    here.server.write('general', [1, 2]);
    const room = await here.room();
    await eventually(() => expect([...room.online]).toEqual(['ann']));
    expect(room.messages.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(here.server.presentCuts).toBe(-1);
  });
});

describe('members and the room', () => {
  it('are told of once, and nothing that something newer overtook', async () => {
    const room = await here.room();
    const heard: RoomEvent[] = [];
    for (const name of ['joined', 'left', 'member', 'room'] as const) {
      room.on(name, (event) => heard.push(event));
    }
    const joined = { type: 'joined' as const, at, userId: 'ann', name: 'Ann', role: 'member' as const };
    const left = { type: 'left' as const, at: at + 9, userId: 'ann' };
    const member = { ...joined, type: 'member' as const, userId: 'bob' };
    const info = {
      room: 'general',
      kind: 'room' as const,
      name: 'New name',
      visibility: 'public' as const,
      mode: 'open' as const,
      createdAt: at,
    };
    const renamed = { type: 'room' as const, at, info };
    here.server.tell('general', [joined, joined, left]);
    here.server.tell('general', [joined, member, renamed, renamed]);
    here.server.publish('general', [1]);
    await eventually(() => expect(room.messages).toHaveLength(1));
    expect(heard).toEqual([joined, left, member, renamed]);
  });
});
