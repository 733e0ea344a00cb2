import { beforeAll, describe, expect, it } from 'vitest';
import { onEachEngine } from '#test/support/engines.ts';
import { ConditionFailed, transact } from './documents.ts';
import { type Message, toEvent } from './messages.ts';

function message(seq: number, changes: Partial<Message> = {}): Message {
  return {
    roomId: 'log',
    seq,
    version: 1,
    id: `id-${seq}`,
    sender: 'alice',
    senderName: 'Alice',
    text: `text ${seq}`,
    sentAt: 1_750_000_000_000 + seq,
    shards: 1,
    ...changes,
  };
}

const seqs = (messages: Message[]) => messages.map(({ seq }) => seq);

onEachEngine((storage) => {
  async function write(...written: Message[]) {
    const { documents, messages } = storage();
    await transact(
      documents,
      written.map((each) => messages.put(each)),
    );
  }

  it('writes a message as it is', async () => {
    const whole = message(1, { roomId: 'whole', text: 'ü 🙂 "\\ \u0001', replyTo: 7, shards: 16 });
    await write(whole);
    expect(await storage().messages.after('whole', 0, 10)).toEqual([whole]);
  });

  it('never writes a second message under a number', async () => {
    await write(message(1, { roomId: 'once' }));
    const second = write(message(2, { roomId: 'once' }), message(1, { roomId: 'once', text: 'another' }));
    await expect(second).rejects.toThrow(new ConditionFailed([1]));
    expect(await storage().messages.after('once', 0, 10)).toEqual([message(1, { roomId: 'once' })]);
  });

  describe('a log with a hole', () => {
    beforeAll(async () => {
      // 4 was skipped. Numbers order as numbers: 10 comes after 9.
      await write(...[1, 2, 3, 5, 6, 7, 8, 9, 10, 11].map((seq) => message(seq)));
      await write(message(4, { roomId: 'log-of-another-room' }));
    });

    it.each([
      [0, 3, [1, 2, 3]],
      [2, 3, [3, 5, 6]],
      [8, 100, [9, 10, 11]],
      [11, 100, []],
      [Number.MAX_SAFE_INTEGER, 100, []],
    ])('after %i, at most %i: %j', async (after, limit, expected) => {
      expect(seqs(await storage().messages.after('log', after, limit))).toEqual(expected);
    });

    it.each([
      [undefined, 3, [9, 10, 11]],
      [10, 3, [7, 8, 9]],
      [5, 2, [2, 3]],
      [2, 100, [1]],
      [1, 100, []],
    ])('before %s, at most %i, oldest first: %j', async (before, limit, expected) => {
      expect(seqs(await storage().messages.before('log', before, limit))).toEqual(expected);
    });

    it('is empty where nothing was written', async () => {
      expect(await storage().messages.after('nowhere', 0, 10)).toEqual([]);
      expect(await storage().messages.before('nowhere', undefined, 10)).toEqual([]);
    });
  });
});

it('becomes the event that subscribers see, without what only the fan-out needs', () => {
  expect(toEvent(message(3, { replyTo: 2 }))).toEqual({
    type: 'message',
    at: 1_750_000_000_003,
    seq: 3,
    version: 1,
    id: 'id-3',
    sender: 'alice',
    senderName: 'Alice',
    text: 'text 3',
    replyTo: 2,
  });
});
