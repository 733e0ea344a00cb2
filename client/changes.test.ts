import { describe, expect, it } from 'vitest';
import type { ServerFrame } from '#shared/contract/frames.ts';
import type { Message, Room } from './index.ts';
import { eventually, heardBy, range, seqs, session, tokenOf } from './test-session.ts';

const here = session();

/** The room's `changed` events so far. */
function changesIn(room: Room): Message[] {
  const changes: Message[] = [];
  room.on('changed', (message) => changes.push(message));
  return changes;
}

function reaction(message: Message) {
  return { type: 'reaction' as const, at: Date.now(), message };
}

describe('a change by others', () => {
  it('replaces the message, the highest version wins, whatever comes twice or late', async () => {
    here.server.write('general', [1, 2, 3]);
    const room = await here.room();
    const changes = changesIn(room);
    const before = room.messages;
    const second = here.server.change('general', 2, { text: 'second', editedAt: Date.now() });
    const third = here.server.change('general', 2, { text: 'third' });
    for (const message of [third, second, third]) {
      here.server.tell('general', [{ type: 'edited', at: Date.now(), message }]);
    }
    here.server.publish('general', [4]);
    await eventually(() => expect(seqs(room.messages)).toEqual([1, 2, 3, 4]));
    expect(room.messages[1]).toEqual(third);
    expect(before[1]?.text).toBe('text 2');
    expect(changes).toEqual([third]);
  });

  it('that overtakes its message is the message', async () => {
    const room = await here.room();
    const [heard, changes] = [heardBy(room), changesIn(room)];
    const [sent] = here.server.write('general', [1]);
    const message = here.server.change('general', 1, { text: 'edited' });
    here.server.tell('general', [{ type: 'edited', at: Date.now(), message }]);
    here.server.tell('general', sent ? [sent] : []);
    here.server.publish('general', [2]);
    await eventually(() => expect(seqs(room.messages)).toEqual([1, 2]));
    expect(room.messages[0]?.text).toBe('edited');
    expect([seqs(heard), changes]).toEqual([[1, 2], []]);
  });

  it('of an older message is told, and adds nothing, until the message is there', async () => {
    here.server.write('general', range(1, 60));
    const room = await here.room();
    const changes = changesIn(room);
    const message = here.server.change('general', 3, { text: 'old' });
    here.server.tell('general', [{ type: 'edited', at: Date.now(), message }]);
    await eventually(() => expect(seqs(changes)).toEqual([3]));
    expect(seqs(room.messages)).toEqual(range(11, 60));
    room.prepend(here.server.messages('general').slice(0, 10));
    expect(seqs(room.messages)).toEqual(range(1, 60));
    const deleted = here.server.change('general', 3, { text: '', deletedAt: Date.now() });
    here.server.tell('general', [{ type: 'deleted', at: Date.now(), message: deleted }]);
    await eventually(() => expect(room.messages[2]).toEqual(deleted));
  });
});

describe('changes during an absence', () => {
  it('are asked for from a minute before the latest event on, and applied', async () => {
    here.server.write('general', range(1, 5), Date.now() - 600_000);
    const room = await here.room();
    const [heard, changes] = [heardBy(room), changesIn(room)];
    const at = Date.now() + 5_000;
    here.server.tell('general', [reaction(here.server.change('general', 1, { text: 'one' }, at))]);
    await eventually(() => expect(changes).toHaveLength(1));
    here.server.tell('general', [{ type: 'online', at, userId: 'other' }]);
    await eventually(() => expect(room.online.size).toBe(1));
    here.server.cut();
    here.server.change('general', 2, { text: 'two' }, at + 1);
    here.server.change('general', 4, { text: 'early' }, at - 60_001);
    here.server.write('general', [6]);
    await eventually(() => expect(room.messages[1]?.text).toBe('two'));
    expect(here.server.subscribes().at(-1)?.rooms[0]).toMatchObject({ after: 5, changedAfter: at - 60_000 });
    expect(here.server.subscribes()[0]?.rooms[0]).not.toHaveProperty('changedAfter');
    expect([seqs(heard), seqs(changes)]).toEqual([[6], [1, 2]]);
    expect(room.messages[3]?.text).toBe('text 4');
  });

  it('are asked for again when the connection breaks before the room is up to date', async () => {
    here.server.write('general', range(1, 5));
    const room = await here.room();
    here.server.pageSize = 2;
    here.server.cut();
    here.server.write('general', range(6, 12), Date.now() + 600_000);
    here.server.passes = (frame) => {
      if (frame.type !== 'subscribed' || frame.rooms[0]?.messages[0]?.seq !== 8) return true;
      here.server.change('general', 1, { text: 'while away' });
      here.server.passes = () => true;
      here.server.cut();
      return false;
    };
    await eventually(() => expect(seqs(room.messages)).toEqual(range(1, 12)));
    await eventually(() => expect(room.messages[0]?.text).toBe('while away'));
  });

  it('are read with everything else when they were too many', async () => {
    here.server.write('general', range(1, 100));
    const room = await here.room();
    const changes = changesIn(room);
    const stale: unknown[] = [];
    room.on('stale', (event) => stale.push(event));
    here.server.changesPageSize = 5;
    here.server.pageSize = 20;
    here.server.cut();
    for (const seq of range(40, 90)) here.server.change('general', seq, { text: 'changed' });
    here.server.write('general', [101]);
    await eventually(() => expect(seqs(room.messages)).toEqual(range(51, 101)));
    await eventually(() => expect(room.state).toBe('live'));
    expect(room.messages).toEqual(here.server.messages('general').slice(50));
    expect(stale).toHaveLength(1);
    expect(seqs(changes).toSorted()).toEqual([...range(40, 44), ...range(51, 90)]);
  });
});

describe('a change of one’s own', () => {
  const me = { token: async () => tokenOf('me') };
  const held = (frame: ServerFrame) => frame.type === 'subscribed';

  it('shows at once, and resolves with the ack', async () => {
    here.server.write('general', [1, 2, 3]);
    const room = await here.room(me);
    here.server.passes = held;
    const changes = [room.edit(1, 'better'), room.delete(2), room.react(3, '👍', true)];
    expect(room.messages).toMatchObject([
      { text: 'better', editedAt: expect.any(Number) },
      { text: '', deletedAt: expect.any(Number), deletedBy: 'me' },
      { reactions: [{ emoji: '👍', users: ['me'] }] },
    ]);
    expect(room.messages).toBe(room.messages);
    await eventually(() => expect(here.server.frames.length).toBeGreaterThan(3));
    here.server.passes = () => true;
    here.server.cut();
    await Promise.all(changes);
    await eventually(() => expect(room.messages).toEqual(here.server.messages('general')));
  });

  it('stays until the room tells of it, and what comes after it replaces it', async () => {
    here.server.write('general', [1]);
    const room = await here.room(me);
    here.server.passes = ({ type }) => type !== 'events';
    await room.edit(1, 'mine');
    expect(room.messages).toMatchObject([{ text: 'mine', version: 1 }]);
    here.server.passes = () => true;
    const message = here.server.change('general', 1, { text: 'later' });
    here.server.tell('general', [{ type: 'edited', at: Date.now(), message }]);
    await eventually(() => expect(room.messages).toEqual([message]));
  });

  it('is undone when it is refused', async () => {
    here.server.write('general', [1]);
    const room = await here.room(me);
    here.server.intercept = ({ action, ...frame }) =>
      action === 'ping' || !('id' in frame)
        ? undefined
        : { type: 'error', id: frame.id, code: 'forbidden', message: 'not yours' };
    await expect(room.edit(1, 'x')).rejects.toMatchObject({ name: 'FanfareError', code: 'forbidden' });
    await expect(room.delete(1)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(room.react(1, '👍', true)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(room.edit(1, '')).rejects.toMatchObject({ code: 'invalid' });
    expect(room.messages).toEqual(here.server.messages('general'));
  });

  it('goes in order for one message, and is sent again after a passing failure', async () => {
    here.server.write('general', [1]);
    const room = await here.room({ ...me, timing: { answerTimeoutMs: 50 } });
    let tries = 0;
    here.server.intercept = (frame) => {
      if (frame.action !== 'editMessage' || ++tries > 2) return undefined;
      if (tries === 1) return 'silence';
      return { type: 'error', id: frame.id, code: 'unavailable', message: 'later' };
    };
    await Promise.all([room.edit(1, 'first'), room.edit(1, 'second')]);
    const texts = here.server.frames.flatMap((frame) => (frame.action === 'editMessage' ? frame.text : []));
    expect(texts).toEqual(['first', 'first', 'first', 'second']);
    await eventually(() => expect(room.messages).toMatchObject([{ text: 'second', version: 3 }]));
  });

  it('fails when the room is left', async () => {
    here.server.write('general', [1]);
    const room = await here.room(me);
    here.server.intercept = ({ action }) => (action === 'react' ? 'silence' : undefined);
    const reacted = room.react(1, '👍', true);
    room.leave();
    await expect(reacted).rejects.toMatchObject({ code: 'closed' });
    await expect(room.react(1, '👍', false)).rejects.toMatchObject({ code: 'closed' });
  });
});
