import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FanfareClient, type Room, type Status } from '#client';
import { testCloud } from '#test/support/cloud.ts';
import { Storage } from '#test/support/storage.ts';

/**
 * Two hours in sixteen seconds: 450 times as fast. Each of 200 clients stands for 5,000 of a million; so API Gateway's 500
 * new connections a second are 45 here. A socket takes as long to open as ever, longer where a machine is busy: so clients
 * move within the second half of the sixteen seconds, not their last eighth, and the gateway cuts a while later.
 */
const lifeMs = 16_000;
const windowMs = 8_000;
const cutMs = 24_000;
const clients = 200;
const newConnectionsPerSecond = 45;
/** A new one each so often: 25 a second. */
const comeEveryMs = 40;
const room = 'handover';
const people = Array.from({ length: 20 }, (_, index) => `person-${index}`);

const cloud = testCloud({ limits: { lifeMs: cutMs, newConnectionsPerSecond } });

/** One client's part of it. */
interface Part {
  client: FanfareClient;
  room: Room;
  states: Status['state'][];
  /** Seqs in the order in which they came to the eye. */
  shown: number[];
}

const parts: Part[] = [];
/** When the gateway let each connection in, by its id. */
const accepted = new Map<string, number>();
let sent = 0;
/** Moves as the others do; a client, since it sends again what its socket's end cut off. */
let writer: Part;
let watching: NodeJS.Timeout;

function watch(): void {
  for (const { connectionId, connectedAt } of cloud().gateway.connections())
    accepted.set(connectionId, connectedAt);
}

function open(name: string): Part {
  const client = new FanfareClient({
    url: `${cloud().url.replace('http', 'ws')}/ws`,
    token: async () => (await cloud().identity.accessToken(name)).accessToken,
    timing: { socketLifeMs: lifeMs, handoverWindowMs: windowMs },
  });
  const states: Status['state'][] = [];
  client.on('status', ({ state }) => states.push(state));
  const shown: number[] = [];
  const joined = client.join(room, { after: 0 });
  joined.on('message', ({ seq }) => shown.push(seq));
  return { client, room: joined, states, shown };
}

/** Upgrades that the gateway answered with 4xx, of all that it was asked for. */
function refusedUpgrades(): number {
  const [api] = cloud().deployment.find('AWS::ApiGatewayV2::Api');
  const sum = (MetricName: string) => {
    const Metric = { Namespace: 'AWS/ApiGateway', MetricName, Dimensions: { ApiId: api?.ref ?? '' } };
    const queries = [{ Id: 'm', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }];
    const [series] = cloud().cloudWatch.query(queries, Date.now() - 600_000, Date.now() + 60_000);
    return [...(series?.points.values() ?? [])].reduce((total, value) => total + value, 0);
  };
  expect(sum('ConnectCount')).toBeGreaterThanOrEqual(accepted.size);
  return sum('ClientError');
}

const stillOnFirst = (firsts: Set<string>) =>
  cloud()
    .gateway.connections()
    .filter(({ connectionId }) => firsts.has(connectionId)).length;

beforeAll(async () => {
  await new Storage(cloud()).createRoom(room, ['writer', ...people]);
  writer = open('writer');
  watching = setInterval(watch, 50);

  for (let index = 0; index < clients; index++) {
    parts.push(open(people[index % people.length] ?? ''));
    await sleep(comeEveryMs);
  }
  const firsts = new Set(
    cloud()
      .gateway.connections()
      .map(({ connectionId }) => connectionId),
  );
  // Somebody writes until none of the first sockets is left.
  while (stillOnFirst(firsts) > 0) {
    await writer.room.send(`message ${sent}`);
    sent++;
    await sleep(200);
  }
}, 90_000);

afterAll(() => {
  clearInterval(watching);
  for (const { client } of [...parts, writer]) client.close();
});

describe('two hundred clients that move to new sockets while messages come', () => {
  it('lose no message, and show none twice', async () => {
    expect(sent).toBeGreaterThan(20);
    const all = Array.from({ length: sent }, (_, index) => index + 1);
    await vi.waitFor(
      () => {
        for (const part of parts) expect(part.room.messages.map(({ seq }) => seq)).toEqual(all);
      },
      { timeout: 20_000, interval: 200 },
    );
    for (const { shown } of parts) expect(shown.toSorted((a, b) => a - b)).toEqual(all);
  });

  it('are never without a connection', () => {
    for (const { states } of parts) expect(states).toEqual(['online']);
  });

  it('have moved, and left the sockets behind that they came with', async () => {
    await vi.waitFor(() => expect(cloud().gateway.connections().length).toBeLessThanOrEqual(clients + 1), {
      timeout: 10_000,
    });
    watch();
    expect(accepted.size).toBeGreaterThanOrEqual(2 * clients);
  });

  it('are never more at once than the gateway lets in', () => {
    const times = [...accepted.values()].toSorted((a, b) => a - b);
    const peak = Math.max(
      ...times.map((at, index) => times.slice(index).findIndex((other) => other >= at + 1_000)),
    );
    expect(peak).toBeLessThanOrEqual(newConnectionsPerSecond);
    expect(refusedUpgrades()).toBe(0);
  });
});
