import { describe, expect, it } from 'vitest';
import { limits } from '#shared/contract/limits.ts';
import { eventually, heardBy, range, seqs, session } from './test-session.ts';

const here = session();

describe('a message', () => {
  it('is pending until the room has it', async () => {
    const room = await here.room();
    const states: string[] = [];
    room.on('change', () => states.push(room.pending.map(({ state }) => state).join()));
    const sent = room.send('hello', { replyTo: 7 });
    expect(room.pending).toMatchObject([{ text: 'hello', replyTo: 7, state: 'sending' }]);
    const [pending] = room.pending;
    expect(await sent).toEqual({ seq: 1, sentAt: expect.any(Number) });
    await eventually(() => expect(room.pending).toEqual([]));
    expect(room.messages).toMatchObject([{ id: pending?.id, text: 'hello', replyTo: 7, seq: 1 }]);
    expect(states).toEqual(['sending', 'sent', '']);
  });

  it('waits for a connection', async () => {
    here.server.refuseWith = 403;
    const room = here.client().join('general');
    const sent = room.send('early');
    await eventually(() => expect(here.server.tokens.length).toBeGreaterThan(1));
    expect(room.pending).toMatchObject([{ state: 'sending' }]);
    here.server.refuseWith = undefined;
    expect((await sent).seq).toBe(1);
  });

  it('must have a text of the right length', async () => {
    const room = await here.room();
    await expect(room.send('')).rejects.toMatchObject({ code: 'invalid' });
    await expect(room.send('x'.repeat(limits.textLength + 1))).rejects.toMatchObject({ code: 'invalid' });
    expect(room.pending).toEqual([]);
    await room.send('x'.repeat(limits.textLength));
  });

  it('keeps its place among one’s own', async () => {
    const room = await here.room();
    await Promise.all(range(1, 40).map((n) => room.send(`${n}`)));
    expect(here.server.messages('general').map(({ text }) => text)).toEqual(range(1, 40).map(String));
  });
});

describe('without an answer', () => {
  it('is sent again with the same id, in order, on the next connection', async () => {
    const room = await here.room();
    const heard = heardBy(room);
    here.server.passes = ({ type }) => type === 'subscribed';
    const sent = ['one', 'two', 'three'].map((text) => room.send(text));
    await eventually(() => expect(here.server.sends()).toHaveLength(1));
    here.server.passes = () => true;
    here.server.cut();
    expect(seqs(await Promise.all(sent))).toEqual([1, 2, 3]);
    expect(here.server.messages('general').map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    await eventually(() => expect(seqs(heard)).toEqual([1, 2, 3]));
    await eventually(() => expect(room.pending).toEqual([]));
  });

  it('is sent again with the same id on the same connection', async () => {
    const room = await here.room({ timing: { answerTimeoutMs: 50 } });
    let lost = 0;
    here.server.intercept = ({ action }) => (action === 'sendMessage' && ++lost < 3 ? 'silence' : undefined);
    expect((await room.send('again')).seq).toBe(1);
    expect(new Set(here.server.sends().map(({ id }) => id)).size).toBe(1);
    expect(here.server.tokens).toHaveLength(1);
  });

  it('is sent once the room shows it', async () => {
    const room = await here.room();
    here.server.passes = ({ type }) => type !== 'ack';
    expect((await room.send('seen')).seq).toBe(1);
    expect((await room.send('seen too')).seq).toBe(2);
    expect(here.server.sends()).toHaveLength(2);
    expect(room.pending).toEqual([]);
  });
});

describe('refused', () => {
  it('fails with the code, does not stop the next, and can be retried or dropped', async () => {
    const room = await here.room();
    let muted = true;
    here.server.intercept = (frame) =>
      muted && frame.action === 'sendMessage' && frame.text.startsWith('bad')
        ? { type: 'error', id: frame.id, code: 'muted', message: 'muted until noon' }
        : undefined;
    const refused = room.send('bad');
    const next = room.send('good');
    await expect(refused).rejects.toMatchObject({ code: 'muted', message: 'muted until noon' });
    expect((await next).seq).toBe(1);
    await eventually(() =>
      expect(room.pending).toMatchObject([{ state: 'failed', error: { code: 'muted' } }]),
    );
    const id = room.pending[0]?.id ?? '';
    await expect(room.retry(id)).rejects.toMatchObject({ code: 'muted' });
    muted = false;
    expect((await room.retry(id)).seq).toBe(2);
    await expect(room.retry(id)).rejects.toMatchObject({ code: 'invalid' });
    muted = true;
    await expect(room.send('bad too')).rejects.toThrow();
    await eventually(() => expect(room.pending).toHaveLength(1));
    room.discard(room.pending[0]?.id ?? '');
    expect(room.pending).toEqual([]);
  });

  it('by a passing failure is tried again', async () => {
    const room = await here.room();
    let failures = 0;
    here.server.intercept = (frame) =>
      frame.action === 'sendMessage' && ++failures < 4
        ? { type: 'error', id: frame.id, code: 'unavailable', message: 'later' }
        : undefined;
    expect((await room.send('patience')).seq).toBe(1);
    expect(here.server.sends()).toHaveLength(4);
  });

  it('by the rate limit waits as long as it is told, and those behind wait with it', async () => {
    const room = await here.room();
    const refusedAt: number[] = [];
    here.server.intercept = (frame) => {
      if (frame.action !== 'sendMessage' || refusedAt.length > 0) return undefined;
      refusedAt.push(Date.now());
      return { type: 'error', id: frame.id, code: 'rate_limited', message: 'slow down', retryAfterMs: 150 };
    };
    const [first, second] = await Promise.all([room.send('first'), room.send('second')]);
    expect([first.seq, second.seq]).toEqual([1, 2]);
    // Timers and the clock may differ by a millisecond or two.
    expect(first.sentAt - (refusedAt[0] ?? 0)).toBeGreaterThanOrEqual(145);
  });

  it('by the end of the client fails', async () => {
    const client = here.client();
    const room = client.join('general');
    here.server.intercept = ({ action }) => (action === 'sendMessage' ? 'silence' : undefined);
    const sent = room.send('unanswered');
    await eventually(() => expect(here.server.sends()).toHaveLength(1));
    client.close();
    await expect(sent).rejects.toMatchObject({ code: 'closed' });
    expect(room.state).toBe('closed');
    expect(room.pending).toMatchObject([{ state: 'failed' }]);
  });
});
