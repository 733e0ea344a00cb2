import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { type DeliveryJob, deliveryJob } from '#shared/contract/job.ts';
import { limits } from '#shared/contract/limits.ts';
import { testServer } from '#test/support/http-server.ts';
import { testQueue } from '#test/support/job-queue.ts';
import { JobQueue } from './job-queue.ts';

const job = (shard: number, text = 'hello'): DeliveryJob => ({
  room: 'general',
  shard,
  shards: 64,
  events: [{ type: 'message', at: 1, seq: 1, version: 1, id: 'a', sender: 's', senderName: 'S', text }],
});
const jobs = (count: number) => Array.from({ length: count }, (_, shard) => job(shard));
const shardsOf = (some: DeliveryJob[]) => some.map(({ shard }) => shard).toSorted((a, b) => a - b);

describe('a queue', () => {
  const queue = testQueue();

  async function received(count: number): Promise<DeliveryJob[]> {
    const found: DeliveryJob[] = [];
    await vi.waitFor(
      async () => {
        const bodies = await queue().receive();
        found.push(...bodies.map((body) => deliveryJob.parse(JSON.parse(body))));
        expect(found).toHaveLength(count);
      },
      { timeout: 10_000 },
    );
    return found;
  }

  it('takes any number of jobs', async () => {
    const { client, url } = queue();
    expect(await new JobQueue(client, url).send(jobs(25))).toEqual([]);
    expect(shardsOf(await received(25))).toEqual(shardsOf(jobs(25)));
    expect(await new JobQueue(client, url).send([])).toEqual([]);
  });

  it('hides delayed jobs', async () => {
    const { client, url } = queue();
    await new JobQueue(client, url).send([job(1)], 1);
    expect(await queue().receive()).toEqual([]);
    expect(await received(1)).toMatchObject([{ shard: 1 }]);
  });

  it('takes ten of the largest jobs at once, and one that ten were merged into', async () => {
    const { client, url } = queue();
    const full = job(0, '\u0001'.repeat(limits.textLength));
    const largest = Array.from({ length: 10 }, (_, shard) => ({ ...full, shard }));
    expect(await new JobQueue(client, url).send(largest)).toEqual([]);
    const connections = Array.from({ length: 1_000 }, (_, index) => ({
      userId: 'ad3f1b5e-0000-4000-8000-000000000000',
      connectionId: `L0SM9cOF${String(index).padStart(7, '0')}=`,
    }));
    const merged = { ...full, connections, events: largest.flatMap(({ events }) => events) };
    expect(await new JobQueue(client, url).send([merged])).toEqual([]);
    expect(await received(11)).toHaveLength(11);
  });
});

describe('SQS that refuses some', () => {
  const sqs = testServer();
  const batch = z.object({ Entries: z.array(z.object({ Id: z.string(), MessageBody: z.string() })) });

  /** Sends to a queue that refuses the shards that are named, as often as it is said. */
  async function sendRefusing(some: DeliveryJob[], refused: number[], times: number) {
    const calls: number[][] = [];
    const shard = (body: string) => deliveryJob.parse(JSON.parse(body)).shard;
    sqs().answer = (_, body) => {
      const { Entries } = batch.parse(JSON.parse(body));
      calls.push(Entries.map(({ MessageBody }) => shard(MessageBody)));
      const tried = calls.length;
      const fails = (body: string) => tried <= times && refused.includes(shard(body));
      return {
        headers: { 'content-type': 'application/x-amz-json-1.0' },
        body: {
          Successful: Entries.filter(({ MessageBody }) => !fails(MessageBody)).map(({ Id }) => ({
            Id,
            MessageId: Id,
          })),
          Failed: Entries.filter(({ MessageBody }) => fails(MessageBody)).map(({ Id }) => ({
            Id,
            Code: 'InternalError',
            SenderFault: false,
          })),
        },
      };
    };
    const client = new SQSClient({
      endpoint: sqs().url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      md5: false,
    });
    const unsent = await new JobQueue(client, `${sqs().url}/000000000000/jobs`).send(some);
    client.destroy();
    return { calls, unsent };
  }

  it('is called with no more than the megabyte that it takes', async () => {
    const connections = Array.from({ length: 1_000 }, (_, index) => ({
      userId: 'ad3f1b5e-0000-4000-8000-000000000000',
      connectionId: `L0SM9cOF${String(index).padStart(7, '0')}=`,
    }));
    const large = jobs(25).map(({ shard }) => ({
      ...job(shard, '\u0001'.repeat(limits.textLength)),
      connections,
    }));
    const { calls } = await sendRefusing(large, [], 0);
    expect(calls.flat().toSorted((a, b) => a - b)).toEqual(shardsOf(large));
    const sizes = sqs().requests.map(({ body }) =>
      batch
        .parse(JSON.parse(body))
        .Entries.reduce((sum, entry) => sum + Buffer.byteLength(entry.MessageBody), 0),
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_048_576);
    // Ten a call would be more than that.
    expect(sizes.reduce((sum, size) => sum + size, 0) / 2.5).toBeGreaterThan(1_048_576);
  });

  it('is asked again for those alone', async () => {
    const { calls, unsent } = await sendRefusing(jobs(6), [2, 4], 1);
    expect(calls).toEqual([
      [0, 1, 2, 3, 4, 5],
      [2, 4],
    ]);
    expect(unsent).toEqual([]);
  });

  it('is asked three times; what it refused then is told', async () => {
    const { calls, unsent } = await sendRefusing(jobs(6), [1, 5], 3);
    expect(calls).toHaveLength(3);
    expect(unsent).toEqual([job(1), job(5)]);
  });
});
