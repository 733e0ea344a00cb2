import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RoomEvent } from '#shared/contract/events.ts';
import type { DeliveryJob } from '#shared/contract/job.ts';
import { limits } from '#shared/contract/limits.ts';
import type { ConnectionId } from '#shared/storage/connections.ts';
import { transact } from '#shared/storage/documents.ts';
import { connectionKeys } from '#shared/storage/keys.ts';
import { fanOutShards } from '#shared/storage/shard-counts.ts';
import { connectionLifeMs, shardSize } from '#shared/storage/shards.ts';
import { testStorage } from '#test/support/engines.ts';
import { posterOf } from '#test/support/poster.ts';
import { type Collaborators, deliver, deliverBatch } from './deliver.ts';
import type { PostOutcome } from './post.ts';
import { mostSlots } from './slots.ts';

const storage = testStorage('dynoxide');

const event = (seq: number): RoomEvent => ({
  type: 'message',
  at: Date.now(),
  seq,
  version: 1,
  id: `id-${seq}`,
  sender: 's',
  senderName: 'S',
  text: `text ${seq}`,
});

let room: string;
let count = 0;
/** What was done, in order: `post <connection>` and `send <job>`. */
let log: string[];
let sent: { job: DeliveryJob; delaySeconds: number | undefined }[];
let posted: Map<string, number[]>;
let outcome: (connectionId: string) => PostOutcome;
let collaborators: Collaborators;

beforeEach(() => {
  room = `room-${++count}`;
  log = [];
  sent = [];
  posted = new Map();
  outcome = () => 'delivered';
  // The shortest wait between two tries that the jitter allows.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  collaborators = {
    connections: storage().connections,
    rooms: storage().rooms,
    ...posterOf(async (id, text) => {
      log.push(`post ${id}`);
      const answer = outcome(id);
      if (answer === 'delivered') {
        const { events } = JSON.parse(text);
        const seqs = events.map(({ seq }: { seq: number }) => seq);
        posted.set(id, [...(posted.get(id) ?? []), ...seqs]);
      }
      return answer;
    }),
    sendJobs: async (jobs, delaySeconds) => {
      for (const job of jobs) {
        log.push(`send from ${job.from}`);
        sent.push({ job, delaySeconds });
      }
      return [];
    },
  };
});

function job(changes: Partial<DeliveryJob> = {}): DeliveryJob {
  return { room, shard: 0, shards: 1, events: [event(1)], ...changes };
}

async function subscribe(...names: string[]): Promise<ConnectionId[]> {
  const { connections, documents } = storage();
  const opened = names.map((name) => ({ userId: `user-${name}`, connectionId: `${room}-${name}` }));
  for (const connection of opened) {
    await connections.open(connection, Date.now());
    await transact(documents, connections.subscribe(connection, new Map([[room, 0]]), Date.now()));
  }
  return opened;
}

/** Subscriptions of a large room, by their rows alone. */
async function crowd(size: number): Promise<void> {
  const ids = Array.from({ length: size }, (_, index) => `${room}-${String(index).padStart(5, '0')}`);
  for (let start = 0; start < size; start += 25) {
    const rows = ids
      .slice(start, start + 25)
      .map((id) => ({ ...connectionKeys.subscription(room, 0, id), userId: id }));
    await storage().documents.send(
      new BatchWriteCommand({
        RequestItems: {
          [storage().tables.CONNECTIONS_TABLE]: rows.map((Item) => ({ PutRequest: { Item } })),
        },
      }),
    );
  }
}

async function subscribers(): Promise<string[]> {
  const { connections } = await storage().connections.shardPage(room, 0, undefined, shardSize);
  return connections.map(({ connectionId }) => connectionId);
}

const id = (name: string) => `${room}-${name}`;

describe('typing', () => {
  const typing = (ageMs: number): RoomEvent => ({
    type: 'typing',
    at: Date.now() - ageMs,
    userId: 'u',
    name: 'U',
  });

  it('is dropped once it is stale, alone or among others', async () => {
    await subscribe('a');
    await deliver(job({ events: [typing(limits.typingMs + 1)] }), collaborators);
    expect(log).toEqual([]);
    await deliver(job({ events: [typing(limits.typingMs + 1), event(4)] }), collaborators);
    expect(posted).toEqual(new Map([[id('a'), [4]]]));
    await deliver(job({ events: [typing(0)] }), collaborators);
    expect(log).toEqual([`post ${id('a')}`, `post ${id('a')}`]);
  });

  it('is not handed on once it is stale: nobody is told of it twice as late', async () => {
    await subscribe('a');
    outcome = () => 'failed';
    await deliver(job({ events: [typing(0), event(4)] }), collaborators);
    const [handedOn] = sent;
    const later = Date.now() + limits.typingMs + 1;
    outcome = () => 'delivered';
    if (handedOn) await deliver(handedOn.job, collaborators, later);
    expect(posted).toEqual(new Map([[id('a'), [4]]]));
  });
});

describe('a job', () => {
  it('reaches every connection of its shard with every event', async () => {
    await subscribe('a', 'b', 'c');
    await deliver(job({ events: [event(4), event(5)] }), collaborators);
    const all = [4, 5];
    expect(posted).toEqual(
      new Map([
        [id('a'), all],
        [id('b'), all],
        [id('c'), all],
      ]),
    );
    expect(sent).toEqual([]);
  });

  it('for nobody posts nothing', async () => {
    await deliver(job(), collaborators);
    await deliver(job({ shard: 7 }), collaborators);
    expect(log).toEqual([]);
  });

  it('for some connections reads no subscriptions', async () => {
    const [a] = await subscribe('a', 'b');
    if (a) await deliver(job({ connections: [a], requeues: 1 }), collaborators);
    expect([...posted.keys()]).toEqual([id('a')]);
  });

  it('removes the connections that are gone, wherever they were subscribed, and keeps the others', async () => {
    const [gone] = await subscribe('gone', 'here');
    outcome = (to) => (to === id('gone') ? 'gone' : 'delivered');
    await deliver(job(), collaborators);
    expect(await subscribers()).toEqual([id('here')]);
    if (gone) expect(await storage().connections.rooms(gone)).toBeUndefined();
    expect(sent).toEqual([]);
  });

  it.each<PostOutcome>(['failed', 'throttled'])(
    'hands connections whose posts are %s on as a smaller job, and never removes them',
    async (failure) => {
      const [bad] = await subscribe('bad', 'good');
      outcome = (to) => (to === id('bad') ? failure : 'delivered');
      const events = [event(1), event(2)];
      await deliver(job({ events }), collaborators);
      expect(posted.get(id('good'))).toEqual([1, 2]);
      expect(sent).toEqual([
        { job: { room, shard: 0, shards: 1, events, connections: [bad], requeues: 1 }, delaySeconds: 1 },
      ]);
      expect(await subscribers()).toEqual([id('bad'), id('good')]);
    },
  );

  it('waits longer from one requeue to the next, and fails at last', async () => {
    const [bad] = await subscribe('bad');
    outcome = () => 'failed';
    let next = job();
    for (const delaySeconds of [1, 2, 4, 8]) {
      await deliver(next, collaborators);
      const last = sent.at(-1);
      expect(last).toMatchObject({ delaySeconds, job: { connections: [bad] } });
      next = last?.job ?? next;
    }
    expect(next.requeues).toBe(4);
    await expect(deliver(next, collaborators)).rejects.toThrow('keep failing');
    expect(sent).toHaveLength(4);
    expect(await subscribers()).toEqual([id('bad')]);
  });

  it('hands what was merged on in parts of a frame, so that no job grows from merge to merge', async () => {
    const [bad] = await subscribe('bad');
    outcome = () => 'failed';
    const events = Array.from({ length: 20 }, (_, seq) => ({ ...event(seq + 1), text: 'x'.repeat(4_000) }));
    await deliver(job({ events }), collaborators);
    expect(sent.length).toBeGreaterThan(1);
    for (const { job: part } of sent) {
      expect(part.connections).toEqual([bad]);
      expect(Buffer.byteLength(JSON.stringify(part.events))).toBeLessThan(limits.frameBytes);
    }
    expect(sent.flatMap(({ job: part }) => part.events)).toEqual(events);
  });

  it('fails where what failed cannot be handed on', async () => {
    await subscribe('bad');
    outcome = () => 'failed';
    const refusing = { ...collaborators, sendJobs: async (jobs: DeliveryJob[]) => jobs };
    await expect(deliver(job(), refusing)).rejects.toThrow('could not be handed on');
  });
});

describe('a shard over its size', () => {
  beforeEach(async () => {
    await crowd(shardSize + 5);
    await storage().rooms.create({ roomId: room, name: room, visibility: 'public', mode: 'open' }, 0);
  });

  async function shards(at = Date.now()) {
    const { room: found } = await storage().rooms.readForSend(room, 'nobody');
    return found && fanOutShards(found.shardCounts, at);
  }

  it('hands its next page on once the first one is read, and grows the room by its last', async () => {
    await deliver(job(), collaborators);
    const last = `${room}-${String(shardSize - 1).padStart(5, '0')}`;
    const handedOn = log.indexOf(`send from ${last}`);
    expect(handedOn).toBeGreaterThan(-1);
    expect(handedOn).toBeLessThan(log.indexOf(`post ${last}`));
    expect(posted.size).toBe(shardSize);
    expect(await shards()).toBe(1);

    // The pages together reach everybody, once.
    const [continuation] = sent;
    expect(continuation?.job).toMatchObject({ from: last, offset: shardSize });
    if (continuation) await deliver(continuation.job, collaborators);
    expect(posted.size).toBe(shardSize + 5);
    expect([...posted.values()].every((seqs) => seqs.length === 1)).toBe(true);
    expect(sent).toHaveLength(1);
    expect(await shards()).toBe(2);
  });

  it('grows the room by all of its connections, whatever page ends it', async () => {
    await deliver(job({ from: id('01000'), offset: 8 * shardSize }), collaborators);
    expect(await shards()).toBe(16);
  });

  it('says nothing of its size by a job for some of its connections', async () => {
    outcome = () => 'failed';
    await deliver(job({ from: id('00999'), offset: shardSize }), collaborators);
    const [smaller] = sent;
    expect(smaller?.job).not.toHaveProperty('offset', shardSize);
    await storage().rooms.create({ roomId: `${room}-b`, name: room, visibility: 'public', mode: 'open' }, 0);
    if (smaller) await deliver({ ...smaller.job, room: `${room}-b`, shards: 2 }, collaborators);
    const { room: other } = await storage().rooms.readForSend(`${room}-b`, 'nobody');
    expect(other?.shardCounts).toHaveLength(1);
  });

  it('hands a later page on before it posts anything', async () => {
    await crowd(2 * shardSize + 5);
    const before = id(String(shardSize - 1).padStart(5, '0'));
    await deliver(job({ from: before, offset: shardSize }), collaborators);
    expect(log[0]).toBe(`send from ${id(String(2 * shardSize - 1).padStart(5, '0'))}`);
    expect(posted.size).toBe(shardSize);
  });

  it('stops where its next page cannot be handed on: the whole job is offered again', async () => {
    const refusing = { ...collaborators, sendJobs: async (jobs: DeliveryJob[]) => jobs };
    await expect(deliver(job(), refusing)).rejects.toThrow('could not be handed on');
    const posts = log.length;
    expect(posts).toBeLessThan(shardSize);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(log.length).toBeLessThanOrEqual(posts + mostSlots);
  });
});

describe('a shard that is nearly empty, of a room that was large', () => {
  const long = 2 * connectionLifeMs;

  async function counts() {
    return (await storage().rooms.readForSend(room, 'nobody')).room?.shardCounts.map(({ shards }) => shards);
  }

  beforeEach(async () => {
    await storage().rooms.create({ roomId: room, name: room, visibility: 'public', mode: 'open' }, 0);
    await storage().rooms.fitShards(room, { shard: 0, connections: 7_000 }, Date.now() - long);
  });

  it('shrinks the room, whether anybody is in it or nobody', async () => {
    await deliver(job({ shards: 8 }), collaborators);
    expect(await counts()).toEqual([8, 1]);
    expect(log).toEqual([]);
  });

  it('does so by the first one alone, and where messages go to several', async () => {
    await deliver(job({ shard: 1, shards: 8 }), collaborators);
    await deliver(job({ shards: 1 }), collaborators);
    expect(await counts()).toEqual([1, 8]);
  });
});

describe('a batch of jobs', () => {
  it('posts what goes to the same connections together', async () => {
    await subscribe('a');
    const jobs = [job({ events: [event(2)] }), job({ events: [event(1)] }), job({ events: [event(2)] })];
    expect(await deliverBatch(jobs, collaborators)).toEqual(new Map());
    expect(log).toEqual([`post ${id('a')}`]);
    expect(posted.get(id('a'))).toEqual([1, 2]);
  });

  it('fails by merged job: the others go well', async () => {
    const [a] = await subscribe('a');
    if (!a) throw new Error('unreachable');
    const hopeless = { connections: [{ userId: 'x', connectionId: 'hopeless' }], requeues: 4 };
    const jobs = [job(hopeless), job(), job({ ...hopeless, events: [event(2)] })];
    outcome = (to) => (to === 'hopeless' ? 'failed' : 'delivered');
    const failures = await deliverBatch(jobs, collaborators);
    expect([...failures.keys()]).toEqual([jobs[0], jobs[2]]);
    expect(posted.get(id('a'))).toEqual([1]);
  });

  it('fails where subscriptions cannot be read: nothing counts as delivered', async () => {
    storage().proxy.faults = (target) =>
      target === 'Query' ? { status: 400, type: 'AccessDeniedException', message: 'no' } : undefined;
    try {
      const jobs = [job()];
      const failures = await deliverBatch(jobs, collaborators);
      expect(failures.get(jobs[0] ?? job())).toMatchObject({ name: 'AccessDeniedException' });
    } finally {
      delete storage().proxy.faults;
    }
  });
});
