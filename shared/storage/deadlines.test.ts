import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { onEachEngine } from '#test/support/engines.ts';
import type { ConnectionId } from './connections.ts';
import { Deadlines } from './deadlines.ts';
import { transact } from './documents.ts';
import { connectionKeys, connectionsByDeadline } from './keys.ts';
import { closesAt, deadlineShards, dueAt, minuteOf, type SocketDeadline } from './socket-deadline.ts';

const minute = 60_000;
const hour = 60 * minute;
/** Some seconds into a minute: DynamoDB Local removes at once what should have expired. */
const now = minuteOf(Date.now()) * minute + 20_000;

describe('something is due', () => {
  const due = (deadline: Omit<SocketDeadline, 'connectedAt'>) => {
    const whole = { connectedAt: now, ...deadline };
    return [dueAt(whole) - now, closesAt(whole) - now];
  };

  it('when the token expires', () => {
    expect(due({ tokenExpiresAt: now + hour })).toEqual([hour, hour]);
  });

  it('five minutes before the two hours end, and then at their end', () => {
    const tokenExpiresAt = now + 24 * hour;
    expect(due({ tokenExpiresAt })).toEqual([2 * hour - 5 * minute, 2 * hour]);
    expect(due({ tokenExpiresAt, askedToMove: true })).toEqual([2 * hour, 2 * hour]);
  });

  it('when the token expires between the two', () => {
    const tokenExpiresAt = now + 2 * hour - minute;
    expect(due({ tokenExpiresAt })).toEqual([2 * hour - 5 * minute, 2 * hour - minute]);
    expect(due({ tokenExpiresAt, askedToMove: true })).toEqual([2 * hour - minute, 2 * hour - minute]);
  });
});

onEachEngine((storage) => {
  let connection: ConnectionId;
  let deadlines: Deadlines;
  let count = 0;

  beforeEach(() => {
    connection = { userId: 'alice', connectionId: `connection-${++count}=` };
    deadlines = new Deadlines(storage().documents, storage().tables.CONNECTIONS_TABLE);
  });

  const open = (tokenExpiresAt: number) => storage().connections.open(connection, now, tokenExpiresAt);

  /** What the index has of the connection, as [minutes from now, row]. */
  async function indexed(): Promise<[number, SocketDeadline][]> {
    const { documents, tables } = storage();
    const { Items = [] } = await documents.send(
      new ScanCommand({ TableName: tables.CONNECTIONS_TABLE, IndexName: connectionsByDeadline }),
    );
    const found = Items.find(({ sk }) => sk === connectionKeys.connection('', connection.connectionId).sk);
    if (!found) return [];
    const [at, shard] = String(found.deadlineMinute).split('#').map(Number);
    const page = await deadlines.page(at ?? 0, shard ?? 0, undefined, 100);
    return page.connections
      .filter(({ connectionId }) => connectionId === connection.connectionId)
      .map(({ userId, connectionId, ...row }) => [(at ?? 0) - minuteOf(now), row]);
  }

  it('a connection lies under the minute of its first deadline', async () => {
    await open(now + hour);
    expect(await indexed()).toEqual([[60, { connectedAt: now, tokenExpiresAt: now + hour }]]);
  });

  it('a token that is over already is dealt with now, not in a minute that is past', async () => {
    await open(now - 3 * minute);
    expect((await indexed()).map(([after]) => after)).toEqual([0]);
  });

  it('a newer token moves the connection; an older one does not', async () => {
    await open(now + 30 * minute);
    expect(await deadlines.renew(connection, now + hour, now)).toBe(now + hour);
    expect((await indexed()).map(([after]) => after)).toEqual([60]);
    expect(await deadlines.renew(connection, now + 45 * minute, now)).toBe(now + hour);
    expect((await indexed()).map(([after]) => after)).toEqual([60]);
  });

  it('a closed connection has nothing to renew, and is not brought back', async () => {
    await open(now + hour);
    await storage().connections.close(connection);
    expect(await deadlines.renew(connection, now + 2 * hour, now)).toBeUndefined();
    await deadlines.asked(connection, now);
    expect(await indexed()).toEqual([]);
    expect(await storage().connections.rooms(connection)).toBeUndefined();
  });

  it('who was asked to move is due at its end', async () => {
    await open(now + 24 * hour);
    expect((await indexed()).map(([after]) => after)).toEqual([115]);
    await deadlines.asked(connection, now + 115 * minute);
    expect(await indexed()).toEqual([
      [120, { connectedAt: now, tokenExpiresAt: now + 24 * hour, askedToMove: true }],
    ]);
  });

  it('a renewal and the sweeper that meet both count', async () => {
    await open(now + 117 * minute);
    await Promise.all([
      deadlines.renew(connection, now + 3 * hour, now + 115 * minute),
      deadlines.asked(connection, now + 115 * minute),
    ]);
    const [[after, row] = []] = await indexed();
    expect(row).toMatchObject({ tokenExpiresAt: now + 3 * hour, askedToMove: true });
    // Under its minute, or an earlier one at which the sweeper looks and puts it right.
    expect(after).toBeLessThanOrEqual(120);
    await deadlines.postpone(connection, now + 115 * minute);
    expect((await indexed()).map(([at]) => at)).toEqual([120]);
  });

  it('subscriptions leave it where it is', async () => {
    await open(now + hour);
    const { connections, documents } = storage();
    await transact(documents, connections.subscribe(connection, new Map([['general', 0]]), now));
    expect((await indexed()).map(([after]) => after)).toEqual([60]);
  });

  it('pages go on where the last one ended', async () => {
    const minuteOfAll = now + 200 * minute;
    const all = Array.from({ length: 40 }, (_, i) => ({ userId: `u${i}`, connectionId: `c${i}=` }));
    await Promise.all(
      all.map((each) => storage().connections.open(each, minuteOfAll - 5 * minute, minuteOfAll)),
    );
    const seen: string[] = [];
    for (let shard = 0; shard < deadlineShards; shard++) {
      for (let from: Record<string, string> | undefined, first = true; first || from; first = false) {
        const page = await deadlines.page(minuteOf(minuteOfAll), shard, from, 3);
        seen.push(...page.connections.map(({ connectionId }) => connectionId));
        from = page.next;
      }
    }
    expect(seen.toSorted()).toEqual(all.map(({ connectionId }) => connectionId).toSorted());
  });

  it('remembers how far the sweeper has come, and looks back no further than a row lives', async () => {
    expect(await deadlines.firstOpen(now)).toBe(minuteOf(now) - 130);
    await deadlines.close(minuteOf(now) - 3);
    expect(await deadlines.firstOpen(now)).toBe(minuteOf(now) - 2);
    expect(await deadlines.firstOpen(now + 24 * hour)).toBe(minuteOf(now + 24 * hour) - 130);
  });
});
