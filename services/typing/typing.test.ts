import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryJob } from '#shared/contract/job.ts';
import { limits } from '#shared/contract/limits.ts';
import { roomKeys } from '#shared/storage/keys.ts';
import { testStorage } from '#test/support/engines.ts';
import { tellTyping } from './typing.ts';

const storage = testStorage('dynoxide');
const now = 1_750_000_000_000;
let room: string;
let count = 0;

beforeEach(async () => {
  room = `room-${++count}`;
  const { rooms } = storage();
  await rooms.create({ roomId: room, name: room, visibility: 'private', mode: 'open' }, now);
  await rooms.addMember(room, { userId: 'alice', name: 'Alice' }, now);
});

async function jobs(userId = 'alice', refused = 0): Promise<DeliveryJob[]> {
  const sent: DeliveryJob[] = [];
  const sendJobs = async (some: DeliveryJob[]) => {
    sent.push(...some);
    return some.slice(0, refused);
  };
  await tellTyping({ action: 'typing', room }, userId, { rooms: storage().rooms, sendJobs }, now);
  return sent;
}

async function set(key: Record<string, string>, name: string, value: unknown): Promise<void> {
  await storage().documents.send(
    new UpdateCommand({
      TableName: storage().tables.ROOMS_TABLE,
      Key: key,
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
    }),
  );
}

describe('typing', () => {
  it('goes to every shard of the room', async () => {
    await set(roomKeys.room(room), 'shardCounts', [{ shards: 2, from: 0 }]);
    const events = [{ type: 'typing', at: now, userId: 'alice', name: 'Alice' }];
    expect(await jobs()).toEqual([0, 1].map((shard) => ({ room, shard, shards: 2, events })));
  });

  it('goes nowhere where too many would read it', async () => {
    await set(roomKeys.seq(room), 'members', limits.presenceMembers);
    expect(await jobs()).toHaveLength(1);
    await set(roomKeys.seq(room), 'members', limits.presenceMembers + 1);
    expect(await jobs()).toEqual([]);
  });

  it('is refused to whoever may not write', async () => {
    await expect(jobs('bob')).rejects.toMatchObject({ code: 'not_member' });
    await set(roomKeys.member(room, 'alice'), 'mutedUntil', now + 1);
    await expect(jobs()).rejects.toMatchObject({ code: 'muted' });
    await set(roomKeys.room(room), 'archivedAt', now);
    await expect(jobs()).rejects.toMatchObject({ code: 'archived' });
  });

  it('fails where the queue did not take it', async () => {
    await expect(jobs('alice', 1)).rejects.toThrow('1 jobs could not be sent');
  });
});
