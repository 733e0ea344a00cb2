import { beforeEach, describe, expect, it } from 'vitest';
import { testStorage } from '#test/support/engines.ts';
import { markRead } from './mark-read.ts';

const storage = testStorage('dynoxide');
const now = 1_750_000_000_000;
let room: string;
let count = 0;

beforeEach(async () => {
  room = `room-${++count}`;
  const { rooms } = storage();
  await rooms.create({ roomId: room, name: room, visibility: 'private', mode: 'open' }, now);
  await rooms.addMember(room, { userId: 'alice', name: 'Alice' }, now);
  for (let seq = 1; seq <= 5; seq++) await rooms.takeSeq(room);
});

const read = (seq: number, userId = 'alice') =>
  markRead({ action: 'markRead', id: 'f', room, seq }, userId, storage(), now);
const readSeq = async () => (await storage().rooms.readMember(room, 'alice'))?.readSeq;

describe('a read position', () => {
  it('goes on, and never back', async () => {
    expect(await read(3)).toEqual({ type: 'ack', id: 'f', room, seq: 3 });
    expect(await read(2)).toMatchObject({ seq: 3 });
    expect(await readSeq()).toBe(3);
  });

  it('is the highest of those that come at once', async () => {
    await Promise.all([5, 2, 4, 1, 3].map((seq) => read(seq)));
    expect(await readSeq()).toBe(5);
  });

  it('is none that the room has not given out', async () => {
    await expect(read(6)).rejects.toMatchObject({ code: 'invalid' });
    expect(await readSeq()).toBe(0);
  });

  it('is a member’s', async () => {
    await expect(read(1, 'bob')).rejects.toMatchObject({ code: 'not_member', details: { rooms: [room] } });
  });

  it('tells dispatch how many shards the room has, and that it is small', async () => {
    await read(1);
    expect(await storage().rooms.readMember(room, 'alice')).toMatchObject({
      shards: 1,
      small: true,
      changedAt: now,
    });
  });
});
