import { describe, expect, it } from 'vitest';
import { type Counters, costOf } from './cost-of.ts';

/** Nothing was used, and everything is known. */
const nothing: Counters = {
  deliveries: 0,
  webSocketMessages: 0,
  functions: [],
  queues: [],
  tables: [],
  events: 0,
  logs: [],
};

describe('the cost', () => {
  it('is that of a hand count', () => {
    const { lines, dollars, dollarsPerMillionDeliveries } = costOf({
      deliveries: 2_000_000,
      webSocketMessages: 1_000_000, // $1.00
      functions: [
        // A million calls, $0.20, and 1,769 MB for 100,000 s: 172,753.90625 GB-s, $2.303390…
        { service: 'deliver', memoryMb: 1_769, invocations: 1_000_000, durationMs: 100_000_000 },
        // 500 calls for 10 s of half a GB: 5 GB-s; and the requests of the HTTP API, $0.0005.
        { service: 'api', memoryMb: 512, invocations: 500, durationMs: 10_000 },
      ],
      // 10 requests, $0.000004.
      queues: [{ queue: 'deliveries', sent: 3, received: 3, deleted: 3, emptyReceives: 1 }],
      // $0.125 and $1.25.
      tables: [{ table: 'Messages', readUnits: 1_000_000, writeUnits: 2_000_000 }],
      events: 1_000, // $0.001
      logs: [{ group: '/fanfare/deliver', bytes: 2 ** 31 }], // 2 GB, $1.00
    });
    const expected =
      1 +
      0.2 +
      172_753.90625 * 0.0000133334 +
      500 * 2e-7 +
      5 * 0.0000133334 +
      0.0005 +
      4e-6 +
      0.125 +
      1.25 +
      0.001 +
      1;
    expect(dollars).toBeCloseTo(expected, 10);
    expect(dollarsPerMillionDeliveries).toBeCloseTo(expected / 2, 10);
    expect(lines.find(({ of, unit }) => of === 'deliver' && unit === 'GB-s')?.quantity).toBe(172_753.90625);
    expect(lines.find(({ part }) => part === 'SQS')).toMatchObject({ of: 'deliveries', quantity: 10 });
  });

  it('is nothing for nothing, and then there is none a delivery', () => {
    expect(costOf(nothing)).toMatchObject({ lines: [], dollars: 0, dollarsPerMillionDeliveries: undefined });
  });

  it('says which counters have no values', () => {
    const table = { table: 'Messages', readUnits: undefined, writeUnits: 5 };
    const { missing } = costOf({ ...nothing, webSocketMessages: undefined, tables: [table] });
    expect(missing).toContain('WebSocket messages');
    expect(missing).toContain('DynamoDB read units');
    expect(missing).not.toContain('DynamoDB write units');
    expect(missing).not.toContain('events');
  });

  it('does not miss a resource that was not used, where another of its kind was', () => {
    const idle = { service: 'api', memoryMb: 512, invocations: undefined, durationMs: undefined };
    const busy = { service: 'deliver', memoryMb: 512, invocations: 1, durationMs: 1 };
    expect(costOf({ ...nothing, functions: [idle, busy] }).missing).not.toContain('Lambda invocations');
  });
});
