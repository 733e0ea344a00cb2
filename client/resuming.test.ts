import { describe, expect, it } from 'vitest';
import { limits } from '#shared/contract/limits.ts';
import type { FanfareError, Recovery } from './index.ts';
import { eventually, heardBy, range, seqs, session } from './test-session.ts';

const here = session();

describe('the first page', () => {
  it('is the newest one, and no news', async () => {
    here.server.write('general', range(1, 120));
    const client = here.client();
    const room = client.join('general');
    const heard = heardBy(room);
    expect(room.state).toBe('loading');
    await eventually(() => expect(room.state).toBe('live'));
    expect(seqs(room.messages)).toEqual(range(71, 120));
    here.server.publish('general', [121]);
    await eventually(() => expect(seqs(heard)).toEqual([121]));
  });

  it('with `after`, is everything since', async () => {
    here.server.pageSize = 20;
    here.server.write('general', range(1, 120));
    const room = here.client().join('general', { after: 10 });
    const heard = heardBy(room);
    await eventually(() => expect(room.state).toBe('live'));
    expect(seqs(heard)).toEqual(range(11, 120));
    expect(seqs(room.messages)).toEqual(range(11, 120));
  });

  it('keeps what happens while it is on its way', async () => {
    here.server.write('general', range(1, 60));
    here.server.passes = (frame) => {
      if (frame.type === 'subscribed') {
        here.server.passes = () => true;
        here.server.publish('general', [61, 62]);
      }
      return true;
    };
    const room = await here.room();
    await eventually(() => expect(seqs(room.messages)).toEqual(range(11, 62)));
  });
});

describe('after a lost connection', () => {
  it('catches up with 5,000 messages, in order, once, while others arrive', async () => {
    here.server.write('general', range(1, 10));
    const room = await here.room();
    const heard = heardBy(room);
    const recoveries: Recovery[] = [];
    room.on('recovered', (recovery) => recoveries.push(recovery));
    here.server.cut();
    here.server.write('general', range(11, 5_010));
    let pages = 0;
    here.server.passes = (frame) => {
      // One more message is told of at each page, before the page.
      if (frame.type === 'subscribed') here.server.publish('general', [5_011 + pages++]);
      return true;
    };
    await eventually(() => expect(recoveries).toHaveLength(1));
    const last = here.server.messages('general').length;
    expect(pages).toBeGreaterThan(24);
    await eventually(() => expect(seqs(heard)).toEqual(range(11, last)));
    expect(seqs(room.messages)).toEqual(range(1, last));
    expect(recoveries[0]?.complete).toBe(true);
    expect(room.state).toBe('live');
  });

  it('goes on from the page that it had when the connection breaks again', async () => {
    here.server.pageSize = 10;
    const room = await here.room();
    const heard = heardBy(room);
    here.server.write('general', range(1, 100));
    let pages = 0;
    here.server.intercept = (frame) => {
      if (frame.action !== 'subscribe' || ++pages !== 5) return undefined;
      here.server.cut();
      return 'silence';
    };
    here.server.cut();
    await eventually(() => expect(seqs(heard)).toEqual(range(1, 100)));
    expect(here.server.subscribes().at(-1)?.rooms[0]?.after).toBe(90);
    expect(pages).toBeLessThan(13);
  });

  it('shows a number that was written while it was away, under one that it had', async () => {
    here.server.write('general', [1, 2, 4]);
    const room = await here.room({ timing: { repairAfterMs: 1_000_000 } });
    const heard = heardBy(room);
    here.server.cut();
    here.server.write('general', [3]);
    await eventually(() => expect(seqs(room.messages)).toEqual([1, 2, 3, 4]));
    expect(seqs(heard)).toEqual([3]);
  });

  it('starts anew where the server cannot say what was missed', async () => {
    here.server.write('general', range(1, 30));
    const room = await here.room();
    const recoveries: Recovery[] = [];
    room.on('recovered', (recovery) => recoveries.push(recovery));
    here.server.forget('general');
    here.server.write('general', [1, 2]);
    here.server.cut();
    await eventually(() => expect(recoveries).toEqual([{ missed: 0, complete: false }]));
    expect(seqs(room.messages)).toEqual([1, 2]);
    expect(room.messages).toEqual(here.server.messages('general'));
  });
});

describe('many rooms', () => {
  const ids = range(1, limits.roomsPerSubscribe + 5).map((n) => `room-${n}`);

  it('share frames up to the limit', async () => {
    const client = here.client();
    const rooms = ids.map((id) => client.join(id));
    await eventually(() => expect(rooms.every(({ state }) => state === 'live')).toBe(true));
    expect(here.server.subscribes().map(({ rooms }) => rooms.length)).toEqual([limits.roomsPerSubscribe, 5]);
  });

  it('do without those that one is not a member of', async () => {
    here.server.intercept = (frame) => {
      if (frame.action !== 'subscribe') return undefined;
      const rooms = frame.rooms.map(({ room }) => room).filter((room) => room.startsWith('secret'));
      const { id } = frame;
      return rooms.length > 0 ? { type: 'error', id, code: 'not_member', message: 'no', rooms } : undefined;
    };
    const client = here.client();
    const errors: FanfareError[] = [];
    const secret = client.join('secret-1');
    secret.on('error', (error) => errors.push(error));
    const open = [client.join('general'), client.join('random')];
    await eventually(() => expect(open.map(({ state }) => state)).toEqual(['live', 'live']));
    expect(errors.map(({ code }) => code)).toEqual(['not_member']);
    expect(secret.state).toBe('closed');
    expect(client.join('secret-1')).not.toBe(secret);
  });

  it('are asked for one by one when an error names none of them', async () => {
    here.server.intercept = (frame) => {
      const bad = frame.action === 'subscribe' && frame.rooms.some(({ room }) => room === 'bad');
      return bad ? { type: 'error', id: frame.id, code: 'invalid', message: 'bad room' } : undefined;
    };
    const client = here.client();
    const [good, bad] = [client.join('good'), client.join('bad')];
    await eventually(() => expect([good.state, bad.state]).toEqual(['live', 'closed']));
  });
});

describe('a subscribe that fails', () => {
  it('is tried again when the server was unavailable, or did not answer', async () => {
    let tries = 0;
    here.server.intercept = (frame) => {
      if (frame.action !== 'subscribe' || ++tries > 2) return undefined;
      if (tries === 1) return 'silence';
      return { type: 'error', id: frame.id, code: 'unavailable', message: 'later' };
    };
    const room = await here.room({ timing: { answerTimeoutMs: 50 } });
    expect(tries).toBe(3);
    expect(room.messages).toEqual([]);
    expect(here.server.tokens).toHaveLength(1);
  });
});

describe('leaving', () => {
  it('ends the events, and joining again starts them', async () => {
    const client = here.client();
    const room = client.join('general');
    expect(client.join('general')).toBe(room);
    await eventually(() => expect(room.state).toBe('live'));
    room.leave();
    await eventually(() => expect(here.server.subscribersOf('general')).toBe(0));
    const again = client.join('general');
    await eventually(() => expect(again.state).toBe('live'));
    expect(here.server.subscribersOf('general')).toBe(1);
    await expect(room.send('late')).rejects.toMatchObject({ code: 'closed' });
  });

  it('and joining at once leaves the room subscribed', async () => {
    const client = here.client();
    client.join('general').leave();
    const room = client.join('general');
    await eventually(() => expect(room.state).toBe('live'));
    room.leave();
    const again = client.join('general');
    await eventually(() => expect(again.state).toBe('live'));
    here.server.publish('general', [1]);
    await eventually(() => expect(seqs(again.messages)).toEqual([1]));
    expect(room.messages).toEqual([]);
  });

  it('is over before joining again begins', async () => {
    let unanswered = true;
    here.server.intercept = ({ action }) => {
      if (action !== 'unsubscribe' || !unanswered) return undefined;
      unanswered = false;
      return 'silence';
    };
    const client = here.client({ timing: { answerTimeoutMs: 100 } });
    const room = client.join('general');
    await eventually(() => expect(room.state).toBe('live'));
    room.leave();
    const again = client.join('general');
    await eventually(() => expect(again.state).toBe('live'));
    const actions = here.server.frames.map(({ action }) => action).filter((action) => action !== 'ping');
    expect(actions).toEqual(['subscribe', 'unsubscribe', 'unsubscribe', 'subscribe']);
  });
});
