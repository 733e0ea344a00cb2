import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SendMessageFrame } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import { roomKeys } from '#shared/storage/keys.ts';
import { testStorage } from '#test/support/engines.ts';
import { sendMessage } from './send-message.ts';

const storage = testStorage('dynoxide');
const now = 1_750_000_000_000;
let room: string;
let count = 0;

beforeEach(async () => {
  room = `room-${++count}`;
  const { rooms } = storage();
  await rooms.create({ roomId: room, name: room, visibility: 'public', mode: 'open' }, now);
  await rooms.addMember(room, { userId: 'alice', name: 'Alice' }, now);
});

afterEach(() => {
  delete storage().proxy.faults;
});

function frame(changes: Partial<SendMessageFrame> = {}): SendMessageFrame {
  return { action: 'sendMessage', id: randomUUID(), room, text: 'hello', ...changes };
}

async function send(changes: Partial<SendMessageFrame> = {}, at = now, userId = 'alice') {
  return await sendMessage(frame(changes), userId, storage(), () => at);
}

async function written() {
  return await storage().messages.after(room, 0, 1_000);
}

async function update(key: Record<string, string>, expression: string, value: number) {
  await storage().documents.send(
    new UpdateCommand({
      TableName: storage().tables.ROOMS_TABLE,
      Key: key,
      UpdateExpression: expression,
      ExpressionAttributeValues: { ':value': value },
    }),
  );
}

describe('sending', () => {
  it('writes the message as its verified sender, and acknowledges it', async () => {
    const ack = await send({ id: 'first', text: 'ü 🙂', replyTo: 3 });
    expect(ack).toEqual({ type: 'ack', id: 'first', room, seq: 1, sentAt: now });
    expect(await written()).toEqual([
      {
        roomId: room,
        seq: 1,
        version: 1,
        id: 'first',
        sender: 'alice',
        senderName: 'Alice',
        text: 'ü 🙂',
        replyTo: 3,
        sentAt: now,
        shards: 1,
      },
    ]);
  });

  it("copies the room's shard count, so that dispatch reads nothing", async () => {
    await storage().rooms.fitShards(room, { shard: 0, connections: 1_001 }, now);
    await send();
    expect(await written()).toMatchObject([{ shards: 2 }]);
  });

  it('takes three round trips', async () => {
    const calls: string[] = [];
    storage().proxy.faults = (target) => {
      calls.push(target);
      return undefined;
    };
    await send();
    expect(calls).toEqual(['BatchGetItem', 'UpdateItem', 'TransactWriteItems']);
  });

  it('numbers the messages of many senders without a hole between those that wait for each other', async () => {
    for (const userId of ['bob', 'carol'])
      await storage().rooms.addMember(room, { userId, name: userId }, now);
    for (let n = 0; n < 3; n++) for (const userId of ['alice', 'bob', 'carol']) await send({}, now, userId);
    expect((await written()).map(({ seq, sender }) => [seq, sender])).toEqual(
      Array.from({ length: 9 }, (_, index) => [index + 1, ['alice', 'bob', 'carol'][index % 3]]),
    );
  });
});

describe('the same client id', () => {
  it('again is no second message: it gets the first acknowledgement', async () => {
    const first = await send({ id: 'same' });
    expect(await send({ id: 'same', text: 'changed' }, now + 5_000)).toEqual(first);
    expect(await written()).toHaveLength(1);
  });

  it("again costs nothing of the sender's rate, and no number", async () => {
    await send({ id: 'same' });
    for (let n = 0; n < limits.sendBurst; n++) await send({ id: 'same' });
    expect(await send()).toMatchObject({ seq: 2 });
  });

  it('twice at the same moment is one message, with one answer for both', async () => {
    const acks = await Promise.all(Array.from({ length: 4 }, () => send({ id: 'same' })));
    expect(new Set(acks.map(({ seq }) => seq)).size).toBe(1);
    expect(await written()).toHaveLength(1);
  });

  it('of another member, or in another room, is another message', async () => {
    await storage().rooms.addMember(room, { userId: 'bob', name: 'Bob' }, now);
    await send({ id: 'same' });
    await send({ id: 'same' }, now, 'bob');
    expect((await written()).map(({ sender }) => sender)).toEqual(['alice', 'bob']);
  });

  it(`is remembered for the last ${limits.rememberedSends} sends`, async () => {
    const first = await send({ id: 'old' });
    for (let n = 1; n < limits.rememberedSends; n++) await send({}, now + n * 100);
    expect(await send({ id: 'old' }, now + 60_000)).toEqual(first);
    await send({}, now + 60_000);
    expect((await send({ id: 'old' }, now + 60_000)).seq).not.toBe(first.seq);
  });
});

describe('two tabs of one person', () => {
  it('that send at once both get through, each with a number of its own', async () => {
    const acks = await Promise.all([send({ text: 'one' }), send({ text: 'two' }), send({ text: 'three' })]);
    const seqs = acks.map(({ seq }) => seq);
    expect(new Set(seqs).size).toBe(3);
    const log = await written();
    expect(log.map(({ seq }) => seq)).toEqual(seqs.toSorted((a = 0, b = 0) => a - b));
    expect(new Set(log.map(({ text }) => text))).toEqual(new Set(['one', 'two', 'three']));
    const { sender } = await storage().rooms.readForSend(room, 'alice');
    expect(sender).toMatchObject({ version: 3, tokens: limits.sendBurst - 3 });
  });

  it('try again where DynamoDB says that they met', async () => {
    let conflicts = 2;
    storage().proxy.faults = (target) =>
      target === 'TransactWriteItems' && conflicts-- > 0
        ? {
            status: 400,
            type: 'TransactionConflictException',
            message: 'Transaction is ongoing for the item',
          }
        : undefined;
    // The numbers of the tries that lost are skipped.
    expect(await send()).toMatchObject({ seq: 3 });
    expect(await written()).toHaveLength(1);
  });

  it('give up where they meet for ever', async () => {
    storage().proxy.faults = (target) =>
      target === 'TransactWriteItems'
        ? {
            status: 400,
            type: 'TransactionConflictException',
            message: 'Transaction is ongoing for the item',
          }
        : undefined;
    await expect(send()).rejects.toMatchObject({ name: 'Conflict' });
    expect(await written()).toEqual([]);
  });
});

describe('a send is refused, and nothing written', () => {
  afterEach(async () => {
    expect(await written()).toEqual([]);
    expect(await storage().rooms.takeSeq(room)).toBe(1);
  });

  it('to those who are not members, whether the room exists or not', async () => {
    const code = { code: 'not_member', details: { rooms: [room] } };
    await expect(send({}, now, 'mallory')).rejects.toMatchObject(code);
    await storage().rooms.addMember('no-such-room', { userId: 'alice', name: 'Alice' }, now);
    await expect(send({ room: 'no-such-room' })).rejects.toMatchObject({ code: 'not_member' });
    await expect(send({ room: 'nowhere' })).rejects.toMatchObject({ code: 'not_member' });
  });

  it('to those who were removed', async () => {
    await storage().rooms.removeMember(room, 'alice');
    await expect(send()).rejects.toMatchObject({ code: 'not_member' });
  });

  it('to those who are muted, for as long as they are', async () => {
    await update(roomKeys.member(room, 'alice'), 'SET mutedUntil = :value', now + 1);
    await expect(send()).rejects.toMatchObject({ code: 'muted' });
  });
});

it('lets a member write again when the mute is over', async () => {
  await update(roomKeys.member(room, 'alice'), 'SET mutedUntil = :value', now);
  expect(await send()).toMatchObject({ type: 'ack' });
});

it('refuses more than a burst, tells when the next one is let through, and then lets it', async () => {
  for (let n = 0; n < limits.sendBurst; n++) await send();
  const refused = send();
  await expect(refused).rejects.toMatchObject({ code: 'rate_limited', details: { retryAfterMs: 100 } });
  expect(await send({}, now + 100)).toMatchObject({ type: 'ack' });
  expect(await written()).toHaveLength(limits.sendBurst + 1);
});
