import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { roomKeys } from '#shared/storage/keys.ts';
import type { Message } from '#shared/storage/messages.ts';
import { changesOf } from './changes.ts';

type Row = Record<string, unknown>;

/** A record as Lambda's poller gives it: both images as DynamoDB's attribute values, the time in seconds. */
function record(before: Row | undefined, after: Row | undefined): DynamoDBRecord {
  const { roomId, item, seq } = after ?? before ?? {};
  const image = (row: Row | undefined) => row && JSON.parse(JSON.stringify(values(row)));
  return {
    dynamodb: {
      ApproximateCreationDateTime: 1_750_000_000,
      Keys: image(item === undefined ? { roomId, seq } : { roomId, item }),
      OldImage: image(before),
      NewImage: image(after),
    },
  };
}

const values = (row: Row) => marshall(row, { removeUndefinedValues: true });

const message: Message = {
  roomId: 'r',
  seq: 7,
  version: 1,
  id: 'id',
  sender: 'alice',
  senderName: 'Alice',
  text: 'hello',
  sentAt: 1_000,
  shards: 3,
};

describe('a record of a message', () => {
  it('that is new tells of the message, to as many shards as it says', () => {
    expect(changesOf(record(undefined, message))).toEqual([
      {
        room: 'r',
        shards: 3,
        event: expect.objectContaining({ type: 'message', seq: 7, at: 1_000 }),
        routing: {},
      },
    ]);
  });

  it('tells the bus what clients are not told', () => {
    const deleted = { ...message, direct: true, webhooks: true, erased: ['file'], deletedAt: 2, version: 2 };
    const [change] = changesOf(record(message, deleted));
    expect(change?.routing).toEqual({ direct: true, webhooks: true, erased: ['file'] });
    for (const name of ['direct', 'webhooks', 'erased', 'shards', 'changedAt'])
      expect(change?.event).not.toHaveProperty(`message.${name}`);
  });

  it.each([
    ['edited', { text: 'hallo', editedAt: 2_000 }],
    ['reaction', { reactions: [{ emoji: '👍', users: ['bob'] }] }],
    ['deleted', { text: '', deletedAt: 2_000, deletedBy: 'bob' }],
  ])('that is %s tells of its whole new state', (type, changes) => {
    const after = { ...message, ...changes, version: 2, changedAt: 2_000 };
    const [change] = changesOf(record(message, after));
    expect(change?.event).toEqual({
      type,
      at: 2_000,
      message: expect.objectContaining({ type: 'message', seq: 7, version: 2, at: 1_000, ...changes }),
    });
  });

  it('that is gone tells nothing: only an operator deletes rows', () => {
    expect(changesOf(record(message, undefined))).toEqual([]);
  });

  it('that is no message fails', () => {
    expect(() => changesOf(record(undefined, { ...message, text: 7 }))).toThrow(/text/);
  });
});

const member = {
  ...roomKeys.member('r', 'u'),
  userId: 'u',
  name: 'U',
  role: 'member',
  readSeq: 0,
  joinedAt: 500,
  shards: 2,
  small: true,
};

describe('a record of a member', () => {
  it('that is new tells the room and the person', () => {
    expect(changesOf(record(undefined, member))).toEqual([
      {
        room: 'r',
        shards: 2,
        event: { type: 'joined', at: 500, userId: 'u', name: 'U', role: 'member' },
        onlyBus: false,
      },
      { room: '@u', shards: 1, event: { type: 'added', at: 500, room: 'r', role: 'member' } },
    ]);
  });

  it('of a crowd tells the bus and the person', () => {
    const [coming] = changesOf(record(undefined, { ...member, small: false }));
    const [going] = changesOf(record({ ...member, small: false }, undefined));
    expect([coming, going]).toMatchObject([{ onlyBus: true }, { onlyBus: true }]);
  });

  it('that is gone tells both, at the time of the record', () => {
    const at = 1_750_000_000_000;
    expect(changesOf(record(member, undefined))).toEqual([
      { room: 'r', shards: 2, event: { type: 'left', at, userId: 'u' }, onlyBus: false },
      { room: '@u', shards: 1, event: { type: 'removed', at, room: 'r' } },
    ]);
  });

  it.each([
    ['role', { role: 'moderator' }],
    ['name', { name: 'Ulla' }],
    ['mute', { mutedUntil: 9_000 }],
  ])('whose %s is another tells the room', (_, changes) => {
    const [change, ...more] = changesOf(record(member, { ...member, ...changes, changedAt: 2_000 }));
    expect(change).toMatchObject({
      room: 'r',
      event: { type: 'member', at: 2_000, userId: 'u', ...changes },
    });
    expect(more).toEqual([]);
  });

  it('whose mute is over tells so', () => {
    const [change] = changesOf(record({ ...member, mutedUntil: 9_000 }, { ...member, changedAt: 2_000 }));
    expect(change?.event).toMatchObject({ type: 'member', mutedUntil: undefined });
  });

  it('who read on tells a small room, and their own feed in any', () => {
    const read = { ...member, readSeq: 5, changedAt: 2_000 };
    const ownFeed = { room: '@u', shards: 1, event: { type: 'read', at: 2_000, room: 'r', seq: 5 } };
    expect(changesOf(record(member, read))).toEqual([
      { room: 'r', shards: 2, event: { type: 'receipt', at: 2_000, userId: 'u', seq: 5 } },
      ownFeed,
    ]);
    expect(changesOf(record(member, { ...read, small: false }))).toEqual([ownFeed]);
  });

  it('that only knows its room better tells nothing', () => {
    expect(changesOf(record(member, { ...member, shards: 4, small: false }))).toEqual([]);
  });
});

const room = {
  ...roomKeys.room('r'),
  kind: 'room',
  name: 'Room',
  visibility: 'private',
  mode: 'open',
  createdAt: 100,
};

describe('a record of a room', () => {
  it('that is new or gone tells nothing: nobody is there yet, or nobody removes one', () => {
    expect(changesOf(record(undefined, room))).toEqual([]);
    expect(changesOf(record(room, undefined))).toEqual([]);
  });

  it.each([
    ['name', { name: 'Hall' }],
    ['description', { description: 'Talk' }],
    ['visibility', { visibility: 'public', listing: 'PUBLIC', listedName: 'room' }],
    ['mode', { mode: 'restricted' }],
    ['archival', { archivedAt: 2_000 }],
  ])('whose %s is another tells every shard', (_, changes) => {
    const shardCounts = [{ shards: 4, from: 0 }];
    const [change] = changesOf(record(room, { ...room, ...changes, shardCounts, changedAt: 2_000 }));
    const info = {
      room: 'r',
      kind: 'room',
      name: 'Room',
      visibility: 'private',
      mode: 'open',
      createdAt: 100,
    };
    const { listing: _l, listedName: _n, ...seen } = { listing: '', listedName: '', ...changes };
    expect(change).toEqual({
      room: 'r',
      shards: 4,
      event: { type: 'room', at: 2_000, info: { ...info, ...seen } },
    });
  });

  it('that grew, or has a webhook more, tells nothing', () => {
    const grown = { ...room, shardCounts: [{ shards: 4, from: 0 }], webhooks: 1 };
    expect(changesOf(record(room, grown))).toEqual([]);
  });

  it.each([roomKeys.seq('r'), roomKeys.ban('r', 'u'), roomKeys.sender('r', 'u')])(
    'the row $item tells nothing',
    (key) => {
      expect(changesOf(record(undefined, { ...key, seq: 1 }))).toEqual([]);
    },
  );
});
