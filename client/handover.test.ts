import { describe, expect, it } from 'vitest';
import type { FanfareClient, Status } from './index.ts';
import { eventually, heardBy, range, seqs, session, tokenOf } from './test-session.ts';

const here = session();

function statesOf(client: FanfareClient): Status['state'][] {
  const states: Status['state'][] = [];
  client.on('status', ({ state }) => states.push(state));
  return states;
}

async function live(client: FanfareClient, id = 'general') {
  const room = client.join(id);
  await eventually(() => expect(room.state).toBe('live'));
  return room;
}

describe('moving to a new socket', () => {
  it('loses nothing and doubles nothing while much is said', async () => {
    const client = here.client();
    const [room, other] = [await live(client), await live(client, 'random')];
    const [heard, states] = [heardBy(room), statesOf(client)];
    const joined: string[] = [];
    room.on('joined', ({ userId }) => joined.push(userId));
    here.server.broadcast({ type: 'reconnect', before: Date.now() + 300 });
    let said = 0;
    await eventually(() => {
      here.server.publish('general', [++said]);
      const at = Date.now() + said;
      here.server.tell('general', [{ type: 'joined', at, userId: `u-${said}`, name: 'U', role: 'member' }]);
      expect(here.server.tokens).toHaveLength(2);
      expect(here.server.connections).toBe(1);
    });
    here.server.publish('general', [++said]);
    here.server.publish('random', [1]);
    await eventually(() => expect(new Set(seqs(heard))).toEqual(new Set(range(1, said))));
    await eventually(() => expect(seqs(other.messages)).toEqual([1]));
    expect(heard).toHaveLength(said);
    expect(seqs(room.messages)).toEqual(range(1, said));
    expect(joined).toEqual(range(1, said - 1).map((n) => `u-${n}`));
    expect(states).toEqual([]);
    expect(here.server.subscribes().at(-1)?.rooms[0]?.after).toBeGreaterThan(0);
  });

  it('listens to the old one until the new one is subscribed', async () => {
    const client = here.client({ timing: { answerTimeoutMs: 50 } });
    const room = await live(client);
    const heard = heardBy(room);
    here.server.intercept = ({ action }) => (action === 'subscribe' ? 'silence' : undefined);
    here.server.broadcast({ type: 'reconnect', before: Date.now() });
    await eventually(() => expect(here.server.subscribes().length).toBeGreaterThan(2));
    expect(here.server.connections).toBe(2);
    here.server.publish('general', [1]);
    await eventually(() => expect(seqs(heard)).toEqual([1]));
    here.server.intercept = () => undefined;
    await eventually(() => expect(here.server.connections).toBe(1));
    here.server.publish('general', [2]);
    await eventually(() => expect(seqs(heard)).toEqual([1, 2]));
    expect(room.state).toBe('live');
  });

  it('takes unanswered sends and changes along', async () => {
    here.server.write('general', [1]);
    const client = here.client();
    const room = await live(client);
    let silent = true;
    here.server.intercept = ({ action }) => (silent && action !== 'subscribe' ? 'silence' : undefined);
    const answers = Promise.all([room.send('one'), room.send('two'), room.edit(1, 'edited')]);
    await eventually(() => expect(here.server.frames.length).toBeGreaterThan(2));
    silent = false;
    here.server.broadcast({ type: 'reconnect', before: Date.now() });
    await answers;
    expect(here.server.messages('general').map(({ text }) => text)).toEqual(['edited', 'one', 'two']);
    await eventually(() => expect(room.messages).toEqual(here.server.messages('general')));
    expect(here.server.tokens).toHaveLength(2);
  });

  it('happens by itself before the socket ends, with a fresh token', async () => {
    let tokens = 0;
    const client = here.client({
      token: async () => `token-${++tokens}`,
      timing: { socketLifeMs: 400, handoverWindowMs: 300 },
    });
    await live(client);
    const states = statesOf(client);
    await eventually(() => expect(here.server.tokens.length).toBeGreaterThan(2));
    expect(here.server.tokens.slice(0, 3)).toEqual(['token-1', 'token-2', 'token-3']);
    expect(states).toEqual([]);
  });

  it('is tried again while the first one works on', async () => {
    const client = here.client();
    const room = await live(client);
    const states = statesOf(client);
    here.server.refuseWith = 403;
    here.server.broadcast({ type: 'reconnect', before: Date.now() });
    await eventually(() => expect(here.server.tokens.length).toBeGreaterThan(2));
    here.server.publish('general', [1]);
    await eventually(() => expect(seqs(room.messages)).toEqual([1]));
    here.server.refuseWith = undefined;
    const { length } = here.server.subscribes();
    await eventually(() => expect(here.server.subscribes().length).toBeGreaterThan(length));
    await eventually(() => expect(here.server.connections).toBe(1));
    expect(states).toEqual([]);
  });

  it('becomes a reconnect when both sockets are lost', async () => {
    const client = here.client();
    const room = await live(client);
    here.server.intercept = ({ action }) => (action === 'subscribe' ? 'silence' : undefined);
    here.server.broadcast({ type: 'reconnect', before: Date.now() });
    await eventually(() => expect(here.server.connections).toBe(2));
    here.server.intercept = () => undefined;
    here.server.cut();
    here.server.write('general', [1, 2]);
    await eventually(() => expect(seqs(room.messages)).toEqual([1, 2]));
    await eventually(() => expect(here.server.connections).toBe(1));
  });
});

describe('a token that expires', () => {
  const authenticates = () =>
    here.server.frames.flatMap((frame) => (frame.action === 'authenticate' ? frame.token : []));

  it('is asked for until it is another one, which replaces it on the same socket', async () => {
    const expiresAt = Date.now() + 1_000;
    const [old, fresh] = [tokenOf('ann-1', expiresAt), tokenOf('ann-1', expiresAt + 3_600_000)];
    let asked = 0;
    const client = here.client({
      token: async () => (++asked > 3 ? fresh : old),
      timing: { renewBeforeMs: 950 },
    });
    const states = statesOf(client);
    await eventually(() => expect(authenticates()).toEqual([fresh]));
    await client.join('general').send('still here');
    expect(authenticates()).toEqual([fresh]);
    expect(here.server.tokens).toEqual([old]);
    expect(states).toEqual(['online']);
  });

  it('that cannot be replaced is an error of the client', async () => {
    const expiresAt = Date.now() + 1_000;
    let asked = 0;
    here.server.intercept = (frame) =>
      frame.action === 'authenticate'
        ? { type: 'error', id: frame.id, code: 'unauthorized', message: 'no' }
        : undefined;
    const client = here.client({
      token: async () => {
        if (++asked === 2) throw new Error('sign in again');
        return tokenOf('ann-1', expiresAt + asked);
      },
      timing: { renewBeforeMs: 1_000 },
    });
    const errors: string[] = [];
    client.on('error', ({ message }) => errors.push(message));
    await eventually(() => expect(errors.slice(0, 2)).toEqual(['sign in again', 'no']));
  });
});
