import { describe, expect, it } from 'vitest';
import { deliveryJob } from './job.ts';

const event = {
  type: 'message',
  at: 1,
  seq: 1,
  version: 1,
  id: 'a',
  sender: 's',
  senderName: 'S',
  text: 't',
};
const job = { room: 'general', shard: 0, shards: 1, events: [event] };

describe('a delivery job', () => {
  it.each<[string, unknown]>([
    ['from dispatch', job],
    ['that continues a shard', { ...job, from: 'L0SM9cOFvHcCIhw=', offset: 1_000 }],
    ['for some connections', { ...job, connections: [{ userId: 'u', connectionId: 'c' }], requeues: 2 }],
  ])('may be one %s, and survives the queue', (_, value) => {
    expect(deliveryJob.parse(JSON.parse(JSON.stringify(value)))).toEqual(value);
  });

  it.each<[string, unknown]>([
    ['without events', { ...job, events: [] }],
    ['of a negative shard', { ...job, shard: -1 }],
    ['of half a shard', { ...job, shard: 0.5 }],
    ['of a room without shards', { ...job, shards: 0 }],
    ['with an event of no kind', { ...job, events: [{ ...event, type: 'rumour' }] }],
    ['for connections of nobody', { ...job, connections: [{ connectionId: 'c' }] }],
  ])('may not be one %s', (_, value) => {
    expect(deliveryJob.safeParse(value).success).toBe(false);
  });
});
