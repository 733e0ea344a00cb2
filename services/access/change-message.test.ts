import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#shared/contract/limits.ts';
import { transact } from '#shared/storage/documents.ts';
import { roomKeys } from '#shared/storage/keys.ts';
import type { Message } from '#shared/storage/messages.ts';
import { testStorage } from '#test/support/engines.ts';
import { deleteMessage } from '../delete-message/delete-message.ts';
import { editMessage } from '../edit-message/edit-message.ts';
import { react } from '../react/react.ts';

const storage = testStorage('dynoxide');
const now = 1_750_000_000_000;
const seq = 3;
let room: string;
let count = 0;

beforeEach(async () => {
  room = `room-${++count}`;
  const { rooms } = storage();
  await rooms.create({ roomId: room, name: room, visibility: 'private', mode: 'open' }, now);
  for (const userId of ['alice', 'bob']) await rooms.addMember(room, { userId, name: userId }, now);
});

afterEach(() => {
  delete storage().proxy.faults;
});

async function write(changes: Partial<Message> = {}): Promise<void> {
  const message = { version: 1, id: 'id', sender: 'alice', senderName: 'Alice', text: 'hello', sentAt: now };
  const { documents, messages } = storage();
  await transact(documents, [messages.put({ roomId: room, seq, shards: 1, ...message, ...changes })]);
}

async function stored(): Promise<Message | undefined> {
  return await storage().messages.read(room, seq);
}

const edit = (text: string, userId = 'alice', at = now) =>
  editMessage({ action: 'editMessage', id: 'f', room, seq, text }, userId, storage(), at);
const erase = (userId = 'alice', at = now) =>
  deleteMessage({ action: 'deleteMessage', id: 'f', room, seq }, userId, storage(), at);
const reacts = (emoji: string, on = true, userId = 'bob') =>
  react({ action: 'react', id: 'f', room, seq, emoji, on }, userId, storage(), now);

async function promote(userId: string, role: string): Promise<void> {
  await storage().documents.send(
    new UpdateCommand({
      TableName: storage().tables.ROOMS_TABLE,
      Key: roomKeys.member(room, userId),
      UpdateExpression: 'SET #role = :role',
      ExpressionAttributeNames: { '#role': 'role' },
      ExpressionAttributeValues: { ':role': role },
    }),
  );
}

describe('an edit', () => {
  it('is the next version, with the new text’s mentions', async () => {
    await write({ mentions: ['carol'] });
    expect(await edit('<@bob>', 'alice', now + 1)).toEqual({ type: 'ack', id: 'f', room, seq, version: 2 });
    expect(await stored()).toMatchObject({
      version: 2,
      text: '<@bob>',
      mentions: ['bob'],
      editedAt: now + 1,
      changedAt: now + 1,
    });
    await edit('nobody');
    expect(await stored()).not.toHaveProperty('mentions');
  });

  it('to the same text writes nothing', async () => {
    await write();
    expect(await edit('hello')).toMatchObject({ version: 1 });
    expect(await stored()).not.toHaveProperty('editedAt');
  });

  it('is of its author, whatever others are', async () => {
    await write();
    await promote('bob', 'owner');
    await expect(edit('mine', 'bob')).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('a change', () => {
  it('is always later than the last one, whatever the clocks say', async () => {
    await write();
    await edit('a', 'alice', now + 500);
    await edit('b', 'alice', now - 500);
    expect(await stored()).toMatchObject({ version: 3, changedAt: now + 501 });
    const { messages } = storage();
    await expect.poll(() => messages.changed(room, now + 500, 10)).toMatchObject([{ text: 'b' }]);
    expect(await messages.changed(room, now + 501, 10)).toEqual([]);
  });

  it('is decided on what is there when it is written', async () => {
    await write();
    let raced = false;
    storage().proxy.faults = (action) => {
      if (action === 'PutItem' && !raced) {
        raced = true;
        return { status: 400, type: 'ConditionalCheckFailedException', message: 'Somebody was first' };
      }
      return undefined;
    };
    expect(await reacts('👍')).toMatchObject({ version: 2 });
    expect(raced).toBe(true);
  });
});

describe('a deletion', () => {
  it('empties the message, and remembers its files for whoever deletes them', async () => {
    const file = { id: 'a'.repeat(22), name: 'a.png', type: 'image/png' as const, size: 1 };
    const reactions = [{ emoji: '👍', users: ['bob'] }];
    await write({ attachments: [file], mentions: ['bob'], reactions, editedAt: now, replyTo: 1 });
    await erase('alice', now + 1);
    const message = await stored();
    expect(message).toMatchObject({
      ...{ version: 2, text: '', deletedAt: now + 1, deletedBy: 'alice', erased: [file.id], replyTo: 1 },
    });
    for (const gone of ['attachments', 'mentions', 'reactions', 'editedAt'])
      expect(message).not.toHaveProperty(gone);
    expect(await erase('alice', now + 2)).toMatchObject({ version: 2 });
    await expect(edit('back')).rejects.toMatchObject({ code: 'not_found' });
    await expect(reacts('👍')).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each(['moderator', 'owner'])('is open to a %s', async (role) => {
    await write();
    await expect(erase('bob')).rejects.toMatchObject({ code: 'forbidden' });
    await promote('bob', role);
    expect(await erase('bob')).toMatchObject({ version: 2 });
  });
});

describe('a reaction', () => {
  it('stands in the order in which people reacted, each once', async () => {
    await write();
    for (const [emoji, userId] of [
      ['👍', 'bob'],
      ['🎉', 'bob'],
      ['👍', 'alice'],
      ['👍', 'bob'],
    ] as const)
      await reacts(emoji, true, userId);
    expect(await stored()).toMatchObject({
      version: 4,
      reactions: [
        { emoji: '👍', users: ['bob', 'alice'] },
        { emoji: '🎉', users: ['bob'] },
      ],
    });
  });

  it('is taken back, and so is one that there is not', async () => {
    await write({ reactions: [{ emoji: '👍', users: ['bob', 'alice'] }] });
    expect(await reacts('🎉', false)).toMatchObject({ version: 1 });
    await reacts('👍', false);
    expect((await stored())?.reactions).toEqual([{ emoji: '👍', users: ['alice'] }]);
    await reacts('👍', false, 'alice');
    expect(await stored()).not.toHaveProperty('reactions');
  });

  it('is one too many', async () => {
    const users = Array.from({ length: limits.reactionsPerMessage }, (_, index) => `u${index}`);
    await write({ reactions: [{ emoji: '👍', users }] });
    await expect(reacts('👍')).rejects.toMatchObject({ code: 'invalid' });
  });
});
