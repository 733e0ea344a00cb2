import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventually, heardBy, range, seqs, session } from './test-session.ts';

const here = session();

describe('events', () => {
  it('are shown in seq order and heard once, however they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }), {
          minLength: 1,
          maxLength: 12,
        }),
        async (frames) => {
          here.server.forget('general');
          const client = here.client();
          const room = client.join('general');
          await eventually(() => expect(room.state).toBe('live'));
          const heard = heardBy(room);
          const known = new Map(
            here.server.write('general', range(1, 20)).map((event) => [event.seq, event]),
          );
          for (const frame of frames) {
            const events = frame.flatMap((seq) => known.get(seq) ?? []);
            here.server.tell('general', events);
          }
          const told = [...new Set(frames.flat())].sort((a, b) => a - b);
          await eventually(() => expect(seqs(room.messages)).toEqual(told));
          expect(seqs(heard).toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual(told);
          client.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  it('of a kind that this client does not know are passed over', async () => {
    const room = await here.room();
    const [message] = here.server.write('general', [1]);
    if (!message) throw new Error('written');
    const future: unknown = { type: 'confetti', at: 1 };
    here.server.tell('general', JSON.parse(JSON.stringify([future, message])));
    await eventually(() => expect(seqs(room.messages)).toEqual([1]));
  });

  it('change a message by a newer version, without being heard twice', async () => {
    const room = await here.room();
    const heard = heardBy(room);
    const [message] = here.server.write('general', [1]);
    if (!message) throw new Error('written');
    here.server.tell('general', [message, { ...message, version: 2, text: 'edited' }, message]);
    await eventually(() => expect(room.messages[0]?.text).toBe('edited'));
    expect(heard).toHaveLength(1);
  });
});

describe('a gap', () => {
  it('is asked for and filled', async () => {
    const room = await here.room({ timing: { repairAfterMs: 30 } });
    here.server.publish('general', [1, 2]);
    here.server.write('general', [3, 4]);
    here.server.publish('general', [5]);
    await eventually(() => expect(seqs(room.messages)).toEqual(range(1, 5)));
    expect(here.server.subscribes().at(-1)?.rooms).toEqual([{ room: 'general', after: 2 }]);
    expect(room.state).toBe('live');
  });

  it('that closes by itself costs nothing', async () => {
    const room = await here.room({ timing: { repairAfterMs: 1_000_000 } });
    here.server.publish('general', [1, 3]);
    here.server.publish('general', [2]);
    await eventually(() => expect(seqs(room.messages)).toEqual([1, 2, 3]));
    expect(here.server.subscribes()).toHaveLength(1);
  });

  it('that stays is asked for three times, and what comes after it is shown', async () => {
    const room = await here.room({ timing: { repairAfterMs: 10 } });
    here.server.publish('general', [1, 3]);
    await eventually(() => expect(here.server.subscribes()).toHaveLength(4));
    here.server.publish('general', [4]);
    await eventually(() => expect(seqs(room.messages)).toEqual([1, 3, 4]));
    // A fourth repair would come 80 ms after the third.
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(here.server.subscribes()).toHaveLength(4);
  });

  it('above the last message shows by an acknowledgement', async () => {
    const room = await here.room({ timing: { repairAfterMs: 30 } });
    here.server.passes = ({ type }) => type !== 'events';
    await room.send('unheard');
    expect(room.pending).toMatchObject([{ state: 'sent', seq: 1 }]);
    await eventually(() => expect(seqs(room.messages)).toEqual([1]));
    expect(room.pending).toEqual([]);
  });

  it('does not hold back what comes while it is asked for', async () => {
    const room = await here.room({ timing: { repairAfterMs: 20 } });
    here.server.intercept = ({ action }) => (action === 'subscribe' ? 'silence' : undefined);
    here.server.publish('general', [1, 3]);
    await eventually(() => expect(here.server.subscribes()).toHaveLength(2));
    here.server.publish('general', [4]);
    await eventually(() => expect(seqs(room.messages)).toEqual([1, 3, 4]));
  });
});
