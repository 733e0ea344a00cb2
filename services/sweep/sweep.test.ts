import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as metrics from '#shared/observability/metrics.ts';
import { Deadlines } from '#shared/storage/deadlines.ts';
import { connectionKeys } from '#shared/storage/keys.ts';
import { minuteOf, socketLifeMs } from '#shared/storage/socket-deadline.ts';
import { testStorage } from '#test/support/engines.ts';
import { posterOf } from '#test/support/poster.ts';
import type { PostOutcome } from '../deliver/post.ts';
import { type Collaborators, sweep } from './sweep.ts';

const storage = testStorage('dynoxide');
const minute = 60_000;
/** The start of a minute. */
const now = minuteOf(1_900_000_000_000) * minute;

let collaborators: Collaborators;
let asked: [string, unknown][];
let closed: string[];
let outcome: (id: string) => PostOutcome;
let measured: Map<string, number>;

beforeEach(async () => {
  asked = [];
  closed = [];
  measured = new Map();
  outcome = () => 'delivered';
  vi.spyOn(metrics, 'measure').mockImplementation((name, value) => void measured.set(name, value));
  const { connections, documents, tables } = storage();
  const deadlines = new Deadlines(documents, tables.CONNECTIONS_TABLE);
  for (const { pk, sk } of await rows())
    if (sk !== 'SWEEP') await connections.close(connectionKeys.connectionOf(String(pk), String(sk)));
  await deadlines.close(minuteOf(now) - 3);
  collaborators = {
    connections,
    deadlines,
    ask: posterOf(async (id, text) => {
      asked.push([id, JSON.parse(text)]);
      return outcome(id);
    }),
    close: posterOf(async (id) => {
      closed.push(id);
      return outcome(id);
    }),
  };
});

async function rows() {
  const { documents, tables } = storage();
  return (await documents.send(new ScanCommand({ TableName: tables.CONNECTIONS_TABLE }))).Items ?? [];
}

const open = (connectionId: string, connectedAt: number, tokenExpiresAt: number) =>
  storage().connections.open({ userId: 'alice', connectionId }, connectedAt, tokenExpiresAt);
const sweepAt = (at: number) => sweep(at, collaborators);
const names = async () =>
  (await rows()).flatMap(({ sk }) => (sk === 'SWEEP' ? [] : String(sk).slice('CONNECTION#'.length)));

describe('a run', () => {
  it('closes what has expired, to the millisecond of its minute', async () => {
    await open('a', now, now + 30_000);
    await open('b', now, now + 30_001);
    await sweepAt(now + 30_000);
    expect(closed).toEqual(['a']);
    expect(measured.get('ExpiredClosed')).toBe(1);
    await sweepAt(now + 30_001);
    // Its row goes by $disconnect, which does not come here.
    expect(closed.toSorted()).toEqual(['a', 'a', 'b']);
  });

  it('removes the row of a socket that is gone', async () => {
    await open('a', now, now + minute);
    outcome = () => 'gone';
    await sweepAt(now + minute);
    expect(await names()).toEqual([]);
    expect(measured.get('SweptStale')).toBe(1);
  });

  it('asks whom the two hours leave five minutes, once, to be gone half a minute before them', async () => {
    await open('a', now, now + 24 * 60 * minute);
    await sweepAt(now + socketLifeMs - 5 * minute - 1);
    expect(asked).toEqual([]);
    for (let late = 0; late < 4; late++) await sweepAt(now + socketLifeMs - (5 - late) * minute);
    expect(asked).toEqual([['a', { type: 'reconnect', before: now + socketLifeMs - 30_000 }]]);
    expect(closed).toEqual([]);
    await sweepAt(now + socketLifeMs);
    expect(closed).toEqual(['a']);
  });

  it('says how late it is, and 0 with nothing to do', async () => {
    await sweepAt(now);
    expect(measured.get('SweepDelay')).toBe(0);
    await open('a', now, now + minute);
    await sweepAt(now + 8 * minute);
    expect(measured.get('SweepDelay')).toBe(7 * minute);
    expect(closed).toEqual(['a']);
  });

  it('tries again next minute what failed, though minutes pass', async () => {
    await open('a', now, now + minute);
    outcome = () => 'failed';
    for (let at = 1; at < 10; at++) await sweepAt(now + at * minute);
    expect(measured.get('SweepFailures')).toBe(1);
    outcome = () => 'gone';
    await sweepAt(now + 10 * minute);
    expect(await names()).toEqual([]);
  });

  it('puts right what the index has under too early a minute', async () => {
    await open('a', now, now + 30 * minute);
    const { deadlines } = collaborators;
    const page = deadlines.page.bind(deadlines);
    // The index is late: it has the connection still where its former token put it.
    vi.spyOn(deadlines, 'page').mockImplementation(async (at, shard, ...rest) =>
      at === minuteOf(now) && shard === 0
        ? {
            connections: [
              { userId: 'alice', connectionId: 'a', connectedAt: now, tokenExpiresAt: now + 30 * minute },
            ],
            next: undefined,
          }
        : page(at, shard, ...rest),
    );
    await sweepAt(now + minute);
    expect(closed).toEqual([]);
    vi.restoreAllMocks();
    await sweepAt(now + 30 * minute);
    expect(closed).toEqual(['a']);
  });

  it('looks no further back than it must', async () => {
    await collaborators.deadlines.close(0);
    const looked = vi.spyOn(collaborators.deadlines, 'page');
    const minutes = () => new Set(looked.mock.calls.map(([at]) => at - minuteOf(now))).size;
    await sweepAt(now);
    expect(minutes()).toBe(131);
    looked.mockClear();
    await sweepAt(now + minute);
    expect(minutes()).toBeLessThanOrEqual(4);
  });

  it('goes on with the others where one row cannot be written', async () => {
    await open('a', now, now + minute);
    await open('b', now, now + minute);
    outcome = () => 'gone';
    const close = collaborators.connections.close.bind(collaborators.connections);
    vi.spyOn(collaborators.connections, 'close').mockImplementation(async (connection) => {
      if (connection.connectionId === 'a') throw new Error('throttled');
      return await close(connection);
    });
    await sweepAt(now + minute);
    expect(await names()).toEqual(['a']);
    vi.restoreAllMocks();
    await sweepAt(now + 2 * minute);
    expect(await names()).toEqual([]);
  });
});
