import { describe, expect, it } from 'vitest';
import {
  admission,
  idleMonth,
  millionDeliveries,
  mostConnections,
  needs,
  oneMessage,
  pollerSeconds,
  roomSends,
  shardBatches,
} from './scale.ts';

describe('what an account can take', () => {
  it('is its calls less its sends, times the messages of a frame', () => {
    expect(mostConnections(1, 1)).toBe(9_999);
    expect(mostConnections(50, 10)).toBe(1_990);
    expect(mostConnections(10, 5, 100_000)).toBe(49_995);
  });

  it('lets a million in within 33 minutes, a 7,200th of whom come again each second', () => {
    expect(admission(1_000_000)).toEqual({
      minutes: expect.closeTo(33.33, 2),
      reconnectsPerSecond: expect.closeTo(138.9, 1),
    });
  });

  it('is bound in one room by the partitions of its rows', () => {
    expect(roomSends()).toEqual({ counter: 1_000, messages: 500, rooms: expect.closeTo(333.3, 1) });
    expect(shardBatches()).toBe(125);
  });
});

describe('a month', () => {
  it('of a million idle sockets that ping every eight minutes', () => {
    // 43,200 minutes at $0.25 a million; 5,400 pings and as many pongs at $1 a million.
    expect(idleMonth(1_000_000, 480_000)).toEqual({ minutes: 10_800, pings: 10_800 });
  });

  it('of messages is what their deliveries cost', () => {
    const load = { connections: 10_000, roomSize: 1_000, messagesPerSecond: 0.1, perFrame: 1 };
    const { sends, posts, deliveries, monthDollars, deliverConcurrency } = needs(load);
    expect([sends, posts, deliveries]).toEqual([1, 1_000, 1_000]);
    // 1,000 connections in eight waves of 128, 10 ms each, once a second.
    expect(deliverConcurrency).toBeCloseTo(0.08);
    expect(monthDollars).toBeCloseTo((1_000 * 2_592_000 * millionDeliveries(1_000, 1)) / 1e6);
  });
});

describe('a million deliveries', () => {
  it('cost the posts, a part of the jobs and a part of the sends', () => {
    // Of 100 people: $1 / 5, (2.5 + 6.5 / 10) / 500, 8.1 / 100.
    expect(millionDeliveries(100, 5)).toBeCloseTo(0.2 + 0.0063 + 0.081);
    expect(millionDeliveries(1_000, 10)).toBeCloseTo(0.1 + 0.0009 + 0.0081);
  });
});

describe('one message to a room', () => {
  it('takes as long as a shard does, or as the quota of calls', () => {
    expect(oneMessage(1_000, Number.POSITIVE_INFINITY)).toEqual({ shards: 1, sendCalls: 1, seconds: 0.08 });
    expect(oneMessage(1_000_000, 10_000)).toMatchObject({ shards: 1_024, sendCalls: 103, seconds: 100 });
  });

  it('has a poller for each shard once SQS has scaled', () => {
    expect(pollerSeconds(4)).toBe(0);
    expect(pollerSeconds(305)).toBe(60);
  });
});
