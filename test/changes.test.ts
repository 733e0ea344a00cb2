import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryJob } from '#shared/contract/job.ts';
import { limits } from '#shared/contract/limits.ts';
import { roomKeys } from '#shared/storage/keys.ts';
import { Members } from '#shared/storage/members.ts';
import { oneShard } from '#shared/storage/shard-counts.ts';
import { testCloud } from '#test/support/cloud.ts';
import { logLine } from '#test/support/log-line.ts';
import { Queue } from '#test/support/queue.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage, userIdOf } from '#test/support/storage.ts';

const cloud = testCloud();
let alice: RawClient;
let bob: RawClient;
let aliceId: string;
let bobId: string;
let storage: Storage;
let members: Members;
let count = 0;
/** A room of the test's own, in which alice and bob are, and to which bob is subscribed. */
let room: string;

const asRead = { shards: 1, small: true };

beforeAll(async () => {
  storage = new Storage(cloud());
  members = new Members(storage.documents, storage.table('Rooms'));
  [alice, bob] = await Promise.all([RawClient.signIn(cloud(), 'alice'), RawClient.signIn(cloud(), 'bob')]);
  [aliceId, bobId] = await Promise.all([userIdOf(cloud(), 'alice'), userIdOf(cloud(), 'bob')]);
});

beforeEach(async () => {
  room = `room-${++count}`;
  await storage.createRoom(room, ['alice', 'bob']);
  await bob.subscribe(room);
});

type Fields = Record<string, unknown>;
const edit = (seq: number, text: string): Fields => ({ action: 'editMessage', room, seq, text });
const erase = (seq: number): Fields => ({ action: 'deleteMessage', room, seq });
const react = (seq: number, emoji: string, on = true): Fields => ({ action: 'react', room, seq, emoji, on });
const markRead = (seq: number): Fields => ({ action: 'markRead', room, seq });
const ack = (version: number) => ({ type: 'ack', room, version });

/** What the room's row, or a person's row in it, is changed to by others. */
async function change(key: { roomId: string; item: string }, changes: Fields): Promise<void> {
  const rows = await storage.rows('Rooms');
  const row = rows.find(({ roomId, item }) => roomId === key.roomId && item === key.item);
  await storage.write('Rooms', [{ ...key, ...row, ...changes }]);
}

/** Sends a frame that must be refused: nothing is written. */
async function refused(client: RawClient, frame: Fields) {
  const before = await storage.everything();
  const answer = await client.request(frame);
  expect(await storage.everything()).toEqual(before);
  return answer;
}

describe('a message', () => {
  it('is edited, which everybody sees', async () => {
    const seq = await alice.send(room, 'helo');
    expect(await alice.request(edit(seq, `hello <@${bobId}>`))).toMatchObject({ ...ack(2), seq });
    const event = await bob.event(room, ({ type }) => type === 'edited');
    const message = { type: 'message', seq, version: 2, text: `hello <@${bobId}>`, mentions: [bobId] };
    expect(event).toMatchObject({ type: 'edited', message });
    expect(await alice.request(edit(seq, `hello <@${bobId}>`))).toMatchObject(ack(2));
  });

  it('is deleted, and its place stays', async () => {
    const seq = await alice.send(room, `not for <@${bobId}>`);
    await alice.request(react(seq, '👍'));
    expect(await alice.request(erase(seq))).toMatchObject(ack(3));
    expect(await alice.request(erase(seq))).toMatchObject(ack(3));
    const event = await bob.event(room, ({ type }) => type === 'deleted');
    const message = { seq, version: 3, text: '', deletedBy: aliceId, deletedAt: expect.any(Number) };
    expect(event).toMatchObject({ type: 'deleted', message });
    for (const gone of ['mentions', 'reactions', 'attachments', 'editedAt'])
      expect(event).not.toHaveProperty(`message.${gone}`);
    const [history] = (await bob.subscribe(room)).rooms;
    expect(history?.messages).toMatchObject([message]);
    expect(await refused(alice, edit(seq, 'again'))).toMatchObject({ code: 'not_found' });
    expect(await refused(bob, react(seq, '👍'))).toMatchObject({ code: 'not_found' });
  });

  it('is reacted to, by each person once with an emoji', async () => {
    const seq = await alice.send(room, 'news');
    expect(await alice.request(react(seq, '🎉'))).toMatchObject(ack(2));
    expect(await bob.request(react(seq, '🎉'))).toMatchObject(ack(3));
    expect(await bob.request(react(seq, '🎉'))).toMatchObject(ack(3));
    expect(await alice.request(react(seq, '🎉', false))).toMatchObject(ack(4));
    const event = await bob.event(room, (each) => 'message' in each && each.message.version === 4);
    expect(event).toMatchObject({
      type: 'reaction',
      message: { reactions: [{ emoji: '🎉', users: [bobId] }] },
    });
    await bob.request(react(seq, '🎉', false));
    const none = await bob.event(room, (each) => 'message' in each && each.message.version === 5);
    expect(none).not.toHaveProperty('message.reactions');
  });

  it('answers another, and mentions people', async () => {
    const seq = await alice.send(room, 'question');
    await alice.request({ action: 'sendMessage', room, text: `<@${bobId}> <@${bobId}>?`, replyTo: seq });
    const event = await bob.event(room, (each) => each.type === 'message' && each.replyTo === seq);
    expect(event).toMatchObject({ mentions: [bobId] });
  });

  it('is changed by many at once, and none of it is lost', async () => {
    const seq = await alice.send(room, 'popular');
    const emoji = ['👍', '🎉', '❤️', '😂', '🚀'];
    const answers = await Promise.all(
      emoji.flatMap((each) => [alice.request(react(seq, each)), bob.request(react(seq, each))]),
    );
    expect(answers.map(({ type }) => type)).toEqual(answers.map(() => 'ack'));
    const { reactions = [], version } = (await storage.messages.read(room, seq)) ?? {};
    expect(version).toBe(11);
    expect(reactions.map(({ emoji: each }) => each).toSorted()).toEqual(emoji.toSorted());
    for (const { users } of reactions) expect(users.toSorted()).toEqual([aliceId, bobId].toSorted());
    await bob.event(room, (each) => 'message' in each && each.message.version === 11);
  });
});

describe('who was away', () => {
  it('is told of what changed meanwhile, once, as it is now', async () => {
    const seqs = [];
    for (const text of ['one', 'two', 'three']) seqs.push(await alice.send(room, text));
    const changedAfter = Date.now() - 60_000;
    await alice.request(edit(2, 'zwei'));
    await alice.request(react(2, '👍'));
    await alice.request(erase(1));
    await alice.send(room, 'four');
    await alice.request(edit(4, 'vier'));
    const ask = { action: 'subscribe', rooms: [{ room, after: 3, changedAfter }] };
    const answer = await bob.request(ask);
    expect(answer).toMatchObject({
      rooms: [
        {
          messages: [{ seq: 4, text: 'vier' }],
          changes: [
            { seq: 2, text: 'zwei', version: 3 },
            { seq: 1, text: '', version: 2 },
          ],
        },
      ],
    });
    expect(answer).not.toHaveProperty('rooms.0.changesCut');
    const later = await bob.request({
      action: 'subscribe',
      rooms: [{ room, after: 4, changedAfter: Date.now() + 60_000 }],
    });
    expect(later).toMatchObject({ rooms: [{ messages: [], changes: [] }] });
  });
});

describe('reading', () => {
  it('is told to others in a small room, and to one’s own other tab', async () => {
    const seq = await bob.send(room, 'read this');
    const tab = await RawClient.signIn(cloud(), 'alice');
    const [feed] = (await tab.subscribe(`@${aliceId}`)).rooms;
    expect(feed).toEqual({
      room: `@${aliceId}`,
      lastSeq: 0,
      readSeq: 0,
      messages: [],
      recovered: expect.any(Boolean),
    });
    expect(await alice.request(markRead(seq))).toMatchObject({ type: 'ack', room, seq });
    expect(await bob.event(room, ({ type }) => type === 'receipt')).toMatchObject({ userId: aliceId, seq });
    const isRead = await tab.event(`@${aliceId}`, ({ type }) => type === 'read');
    expect(isRead).toMatchObject({ room, seq });
    const [again] = (await tab.subscribe(room)).rooms;
    expect(again?.readSeq).toBe(seq);
    expect(await refused(alice, markRead(seq))).toMatchObject({ type: 'ack', seq });
    tab.close();
  });

  it('is not told to others in a large room', async () => {
    const seq = await bob.send(room, 'read this');
    await change(roomKeys.seq(room), { members: limits.presenceMembers + 1 });
    await alice.subscribe(`@${aliceId}`);
    await alice.request(markRead(seq));
    await alice.event(`@${aliceId}`, (event) => event.type === 'read' && event.room === room);
    await alice.send(room, 'thanks');
    await bob.received(room, 2);
    expect(bob.events(room).filter(({ type }) => type === 'receipt')).toEqual([]);
  });

  it('of what is not there yet is refused', async () => {
    expect(await refused(alice, markRead(1))).toMatchObject({ code: 'invalid' });
  });
});

describe('typing', () => {
  const typing = (client: RawClient) => client.sendText(JSON.stringify({ action: 'typing', room }));

  it('is told to the room, and answered by nothing', async () => {
    const seen = alice.frames.length;
    typing(alice);
    const event = await bob.event(room, ({ type }) => type === 'typing');
    expect(event).toMatchObject({ userId: aliceId, name: 'alice' });
    await alice.ping();
    const answers = alice.frames.slice(seen).filter(({ type }) => type === 'ack' || type === 'error');
    expect(answers).toEqual([]);
  });

  it('is dropped by the worker once it is stale', async () => {
    const dropped = logLine(cloud(), '/fanfare/deliver', '"StaleTyping"');
    const at = Date.now() - limits.typingMs - 1;
    const event = { type: 'typing' as const, at, userId: aliceId, name: 'alice' };
    const job: DeliveryJob = { room, shard: 0, shards: 1, events: [event] };
    await new Queue(cloud(), 'fanfare-deliveries').send(JSON.stringify(job));
    await dropped;
    await alice.send(room, 'after it');
    await bob.received(room, 1);
    expect(bob.events(room).filter(({ type }) => type === 'typing')).toEqual([]);
  });

  it('in a crowd is told to nobody', async () => {
    await change(roomKeys.seq(room), { members: limits.presenceMembers + 1 });
    typing(alice);
    await alice.ping();
    await alice.send(room, 'what I typed');
    await bob.received(room, 1);
    expect(bob.events(room).filter(({ type }) => type === 'typing')).toEqual([]);
  });
});

describe('a membership', () => {
  it('begins, changes and ends before everybody’s eyes, and in the person’s own feed', async () => {
    const carol = await RawClient.signIn(cloud(), 'carol');
    const userId = await userIdOf(cloud(), 'carol');
    const feed = `@${userId}`;
    await carol.subscribe(feed);
    await members.add(room, { userId, name: 'carol', role: 'member' }, asRead, Date.now());
    const joined = await bob.event(room, (event) => event.type === 'joined' && event.userId === userId);
    expect(joined).toMatchObject({ userId, name: 'carol', role: 'member' });
    // Her first sign-in adds her to `general`, whose event may come to her feed too.
    const added = await carol.event(feed, (event) => event.type === 'added' && event.room === room);
    expect(added).toMatchObject({ role: 'member' });

    const until = Date.now() + 60_000;
    await members.change(room, userId, { role: 'moderator', mutedUntil: until }, asRead, Date.now());
    const changed = await bob.event(room, ({ type }) => type === 'member');
    expect(changed).toMatchObject({ userId, role: 'moderator', mutedUntil: until });

    await members.remove(room, userId, asRead);
    const left = await bob.event(room, ({ type }) => type === 'left');
    expect(left).toMatchObject({ userId });
    // Clients drop what is older than what they heard of somebody.
    expect(left.at).toBeGreaterThanOrEqual(changed.at);
    expect(await carol.event(feed, ({ type }) => type === 'removed')).toMatchObject({ room });
    carol.close();
  });

  it('has the name that its person goes by now, and so has what they say', async () => {
    const { accessToken } = await cloud().identity.accessToken('alice');
    const renamed = await fetch(`${cloud().url}/api/me`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${accessToken}` },
      body: JSON.stringify({ name: 'Alice O.' }),
    });
    expect(renamed.status).toBe(200);
    const event = await bob.event(room, ({ type }) => type === 'member');
    expect(event).toMatchObject({ userId: aliceId, name: 'Alice O.', role: 'member' });
    const seq = await alice.send(room, 'It is still me');
    const message = await bob.event(room, (event) => event.type === 'message' && event.seq === seq);
    expect(message).toMatchObject({ sender: aliceId, senderName: 'Alice O.' });
  });

  it('of somebody else is not to be had by their feed', async () => {
    const answer = await refused(alice, { action: 'subscribe', rooms: [{ room }, { room: `@${bobId}` }] });
    expect(answer).toMatchObject({ code: 'not_member', rooms: [`@${bobId}`] });
  });
});

describe('a room', () => {
  it('has another name before everybody’s eyes', async () => {
    await change(roomKeys.room(room), { name: 'Renamed', changedAt: Date.now() });
    const event = await bob.event(room, ({ type }) => type === 'room');
    expect(event).toMatchObject({ info: { room, name: 'Renamed', kind: 'room', mode: 'open' } });
  });

  it('that got more shards has not changed', async () => {
    await change(roomKeys.room(room), { shardCounts: oneShard });
    await change(roomKeys.room(room), { description: 'What it is for', changedAt: Date.now() });
    await bob.event(room, ({ type }) => type === 'room');
    expect(bob.events(room).filter(({ type }) => type === 'room')).toHaveLength(1);
  });
});

describe('what is refused', () => {
  let seq: number;
  beforeEach(async () => {
    seq = await alice.send(room, 'mine');
  });

  it.each(['', 'a', ':thumbsup:', '👍👍', '👍a', '<b>', '1', '\ud83d', '️'])(
    '%o is no emoji',
    async (emoji) => {
      expect(await refused(bob, react(seq, emoji))).toMatchObject({ code: 'invalid' });
    },
  );

  it('another’s message is not edited, by a moderator neither', async () => {
    expect(await refused(bob, edit(seq, 'yours'))).toMatchObject({ code: 'forbidden' });
    await change(roomKeys.member(room, bobId), { role: 'moderator' });
    expect(await refused(bob, edit(seq, 'yours'))).toMatchObject({ code: 'forbidden' });
  });

  it('another’s message is deleted by a moderator only', async () => {
    expect(await refused(bob, erase(seq))).toMatchObject({ code: 'forbidden' });
    await change(roomKeys.member(room, bobId), { role: 'moderator', mutedUntil: Date.now() + 60_000 });
    expect(await bob.request(erase(seq))).toMatchObject(ack(2));
    const message = await storage.messages.read(room, seq);
    expect(message).toMatchObject({ text: '', deletedBy: bobId, sender: aliceId });
  });

  it('a message that is not there', async () => {
    for (const frame of [edit(seq + 1, 'x'), erase(seq + 1), react(seq + 1, '👍')])
      expect(await refused(alice, frame)).toMatchObject({ code: 'not_found' });
  });

  it('more reactions than a message may have', async () => {
    const message = await storage.messages.read(room, seq);
    const users = Array.from({ length: limits.reactionsPerMessage }, (_, i) => `user-${i}`);
    await storage.write('Messages', [{ ...message, reactions: [{ emoji: '👍', users }] }]);
    expect(await refused(bob, react(seq, '👍'))).toMatchObject({ code: 'invalid' });
    const emoji = Array.from({ length: limits.emojiPerMessage }, (_, i) => String.fromCodePoint(0x1f600 + i));
    const reactions = emoji.map((each) => ({ emoji: each, users: ['somebody'] }));
    await storage.write('Messages', [{ ...message, reactions }]);
    expect(await refused(bob, react(seq, '👍'))).toMatchObject({ code: 'invalid' });
    expect(await bob.request(react(seq, '😀'))).toMatchObject(ack(2));
  });

  it('a text that is too long, empty, or too long with its files', async () => {
    for (const text of ['', 'x'.repeat(limits.textLength + 1), '\ud800'])
      expect(await refused(alice, edit(seq, text))).toMatchObject({ code: 'invalid' });
    const message = await storage.messages.read(room, seq);
    const name = '€'.repeat(limits.fileNameLength);
    const file = { id: 'a'.repeat(22), name, type: 'image/png', size: 1 };
    await storage.write('Messages', [{ ...message, attachments: Array.from({ length: 20 }, () => file) }]);
    const text = '€'.repeat(limits.textLength);
    expect(await refused(alice, edit(seq, text))).toMatchObject({ code: 'invalid' });
  });

  it('everything but reading in a room that one is not in', async () => {
    await storage.createRoom('elsewhere', ['bob']);
    for (const frame of [edit(1, 'x'), erase(1), react(1, '👍'), markRead(1)])
      for (const place of ['elsewhere', 'nowhere'])
        expect(await refused(alice, { ...frame, room: place })).toMatchObject({
          code: 'not_member',
          rooms: [place],
        });
  });

  it('a change in an archived room; reading is well', async () => {
    await change(roomKeys.room(room), { archivedAt: Date.now() });
    for (const frame of [edit(seq, 'x'), erase(seq), react(seq, '👍')])
      expect(await refused(alice, frame)).toMatchObject({ code: 'archived' });
    const send = { action: 'sendMessage', room, text: 'one more' };
    expect(await refused(alice, send)).toMatchObject({ code: 'archived' });
    expect(await alice.request(markRead(seq))).toMatchObject({ type: 'ack' });
  });

  it('a change by who is muted; reading and deleting are well', async () => {
    await change(roomKeys.member(room, aliceId), { mutedUntil: Date.now() + 60_000 });
    for (const frame of [edit(seq, 'x'), react(seq, '👍')])
      expect(await refused(alice, frame)).toMatchObject({ code: 'muted' });
    expect(await alice.request(markRead(seq))).toMatchObject({ type: 'ack' });
    expect(await alice.request(erase(seq))).toMatchObject(ack(2));
  });
});
