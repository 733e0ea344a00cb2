import { defaultTiming } from '../../client/timing.ts';
import { quotas } from './quotas.ts';
import {
  admission,
  idleMonth,
  millionDeliveries,
  mostConnections,
  needs,
  oneMessage,
  pollerSeconds,
} from './scale.ts';

const steps = [10_000, 100_000, 1_000_000];

/** The tables of docs/performance.md that are computed, as Markdown, by what they tell. */
export function scaleTables(): Record<string, string> {
  return { rooms: rooms(), connected: connected(), talking: talking(), oneRoom: oneRoom(), cost: cost() };
}

function rooms(): string {
  const perFrame = [1, 5, 10, 50];
  return markdown(
    ['messages a second', ...perFrame.map((k) => `${k} a frame`)],
    [1, 10, 50].map((rate) => [
      count(rate),
      ...perFrame.map((k) => (k > rate ? '' : count(mostConnections(rate, k)))),
    ]),
  );
}

function connected(): string {
  return markdown(
    [
      'connections',
      'minutes to let them in',
      'reconnects a second',
      'a month of connection-minutes',
      'a month of pings',
    ],
    steps.map((connections) => {
      const { minutes, reconnectsPerSecond } = admission(connections);
      const month = idleMonth(connections, defaultTiming.pingAfterMs);
      return [
        count(connections),
        count(minutes, 1),
        count(reconnectsPerSecond, 1),
        dollars(month.minutes),
        dollars(month.pings),
      ];
    }),
  );
}

/** Rooms of a thousand in which somebody writes every ten seconds. */
function talking(): string {
  const loads = steps.map((connections) =>
    needs({ connections, roomSize: 1_000, messagesPerSecond: 0.1, perFrame: 1 }),
  );
  const row = (name: string, quota: string, value: (load: (typeof loads)[number]) => string) => [
    name,
    quota,
    ...loads.map(value),
  ];
  const { writeUnits, readUnits } = quotas.table;
  return markdown(
    ['', 'default quota', ...steps.map((connections) => `${count(connections)} connections`)],
    [
      row('deliveries a second', '', ({ deliveries }) => count(deliveries)),
      row('requests a second of API Gateway', count(quotas.requestsPerSecond), ({ requests }) =>
        count(requests),
      ),
      row('invocations of send-message at once', count(quotas.concurrency), (load) =>
        count(load.sendConcurrency, 1),
      ),
      row('invocations of deliver at once', `${count(quotas.concurrency)} of all`, (load) =>
        count(load.deliverConcurrency, 1),
      ),
      row('write units a second, rooms table', count(writeUnits), (load) => count(load.roomsWriteUnits)),
      row('write units a second, messages table', count(writeUnits), (load) =>
        count(load.messagesWriteUnits),
      ),
      row('read units a second, connections table', count(readUnits), (load) =>
        count(load.connectionsReadUnits),
      ),
      row('a month of deliveries', '', ({ monthDollars }) => dollars(monthDollars)),
    ],
  );
}

function oneRoom(): string {
  const rates = [10_000, 100_000, 1_000_000];
  return markdown(
    [
      'connections',
      'shards',
      'calls of dispatch to SQS',
      'minutes until SQS has a poller for each',
      ...rates.map((rate) => `seconds at ${count(rate)} calls/s`),
    ],
    [1_000, ...steps].map((connections) => {
      const { shards, sendCalls } = oneMessage(connections, Number.POSITIVE_INFINITY);
      return [
        count(connections),
        count(shards),
        count(sendCalls),
        count(pollerSeconds(shards) / 60, 1),
        ...rates.map((rate) => count(oneMessage(connections, rate).seconds, 2)),
      ];
    }),
  );
}

function cost(): string {
  const perFrame = [1, 5, 10, 100];
  return markdown(
    ['connections in the room', ...perFrame.map((k) => `${k} a frame`)],
    [10, 100, 1_000, 1_000_000].map((connections) => [
      count(connections),
      ...perFrame.map((k) => `$${millionDeliveries(connections, k).toFixed(3)}`),
    ]),
  );
}

function count(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** To three digits: nobody knows a month's bill better. */
function dollars(value: number): string {
  return `$${Number(value.toPrecision(3)).toLocaleString('en-US')}`;
}

function markdown(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const rule = `|${'---|'.repeat(head.length)}`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
