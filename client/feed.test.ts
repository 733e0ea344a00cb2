import { describe, expect, it } from 'vitest';
import type { RoomEvent } from '#shared/contract/events.ts';
import { eventually, session, tokenOf } from './test-session.ts';

const here = session();
const at = 1_800_000_000_000;
const added = { type: 'added' as const, at, room: 'new', role: 'member' as const };
const removed = { type: 'removed' as const, at: at + 5, room: 'new' };

describe('the personal feed', () => {
  it('tells of rooms that one is added to and removed from, once, and on the next connection too', async () => {
    const client = here.client({ token: async () => tokenOf('ann-1') });
    const heard: (RoomEvent | 'ready')[] = [];
    client.feed.on('added', (event) => heard.push(event));
    client.feed.on('removed', (event) => heard.push(event));
    client.feed.on('ready', () => heard.push('ready'));
    await eventually(() => expect(heard).toEqual(['ready']));
    expect(here.server.subscribes()[0]?.rooms).toEqual([{ room: '@ann-1' }]);
    here.server.tell('@ann-1', [added, added, removed, added]);
    await eventually(() => expect(heard).toEqual(['ready', added, removed]));
    here.server.cut();
    await eventually(() => expect(heard).toHaveLength(4));
    expect(heard.at(-1)).toBe('ready');
  });

  it('is subscribed to from its first use on, also while online', async () => {
    const client = here.client({ token: async () => tokenOf('ann-1') });
    await eventually(() => expect(client.status.state).toBe('online'));
    expect(here.server.subscribersOf('@ann-1')).toBe(0);
    expect(client.feed).toBe(client.feed);
    await eventually(() => expect(here.server.subscribersOf('@ann-1')).toBe(1));
  });

  it('moves how far one has read, as another device does it', async () => {
    const client = here.client({ token: async () => tokenOf('ann-1') });
    const [feed, room] = [client.feed, client.join('general')];
    const reads: number[] = [];
    feed.on('read', ({ seq }) => reads.push(seq));
    await eventually(() => expect(room.state).toBe('live'));
    here.server.tell('@ann-1', [{ type: 'read', at, room: 'general', seq: 7 }]);
    await eventually(() => expect(room.readSeq).toBe(7));
    expect(reads).toEqual([7]);
  });

  it('needs a token that says whose it is', async () => {
    const client = here.client();
    const errors: string[] = [];
    client.feed.on('error', ({ code }) => errors.push(code));
    await eventually(() => expect(errors).toEqual(['unauthorized']));
    expect(here.server.subscribes()).toEqual([]);
  });

  it('may be refused without harm to the rooms', async () => {
    here.server.intercept = (frame) => {
      const mine = frame.action === 'subscribe' && frame.rooms.some(({ room }) => room === '@ann-1');
      return mine
        ? { type: 'error', id: frame.id, code: 'not_member', message: 'no', rooms: ['@ann-1'] }
        : undefined;
    };
    const client = here.client({ token: async () => tokenOf('ann-1') });
    const errors: string[] = [];
    client.feed.on('error', ({ code }) => errors.push(code));
    const room = client.join('general');
    await eventually(() => expect(room.state).toBe('live'));
    expect(errors).toEqual(['not_member']);
  });
});
