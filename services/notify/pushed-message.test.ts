import { describe, expect, it } from 'vitest';
import type { Message } from '#shared/storage/messages.ts';
import { pushedMessageOf } from './pushed-message.ts';

const message: Message = {
  roomId: 'r',
  seq: 7,
  version: 1,
  id: 'id',
  sender: 'alice',
  senderName: 'Alice',
  text: '',
  sentAt: 1_000,
  shards: 1,
};
const file = { id: 'f', name: 'a.pdf', type: 'application/pdf' as const, size: 1 };
const pushed = (changes: Partial<Message>, roomName?: string) =>
  pushedMessageOf({ ...message, ...changes }, new Map([['bob-1', 'Bob']]), roomName);

describe('what a notification says', () => {
  it('is who wrote, where, and the place of the message', () => {
    expect(pushed({ text: 'hello' }, 'General')).toEqual({
      room: 'r',
      roomName: 'General',
      seq: 7,
      from: 'Alice',
      text: 'hello',
    });
    expect(pushed({ text: 'hello' })).not.toHaveProperty('roomName');
  });

  it.each([
    ['<@bob-1> and <@carol-2>, come', '@Bob and @somebody, come'],
    ['two\n\n  lines\tand \u0000\u0007more ', 'two lines and more'],
    ['turned \u202eround\u2066 and\u200b hidden', 'turned round and hidden'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['x'.repeat(160), 'x'.repeat(160)],
    ['x'.repeat(161), `${'x'.repeat(159)}…`],
    ['🙂'.repeat(200), `${'🙂'.repeat(159)}…`],
  ])('of %j: %j', (text, said) => expect(pushed({ text }).text).toBe(said));

  it.each([
    [[file], 'sent a file'],
    [[file, file], 'sent 2 files'],
  ])('of %j without text: %s', (attachments, said) => expect(pushed({ attachments }).text).toBe(said));

  it('fits a push, of which services take 4 KB, however it is written', () => {
    const longest = pushed({ text: '"'.repeat(4_000), senderName: '🙂'.repeat(32) }, '🙂'.repeat(40));
    expect(Buffer.byteLength(JSON.stringify(longest))).toBeLessThan(3_000);
  });
});
