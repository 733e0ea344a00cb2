import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { arn, region } from '#local/aws.ts';
import { operator } from '#local/credentials.ts';
import { announceRunning } from '#local/running.ts';
import { services } from '#ops/deployment.ts';
import { limits } from '#shared/contract/limits.ts';
import { prices } from '#shared/cost/prices.ts';
import { roomKeys } from '#shared/storage/keys.ts';
import { testCloud } from '#test/support/cloud.ts';
import { Queue } from '#test/support/queue.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage } from '#test/support/storage.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-ops-'));
const nowhere = mkdtempSync(join(tmpdir(), 'fanfare-nowhere-'));
const cloud = testCloud({ dataDir });
beforeAll(() => announceRunning(dataDir, cloud().port, cloud().operatorEnvironment));
afterAll(() => {
  rmSync(nowhere, { recursive: true, force: true });
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command as `npm run ops` does, against the test's cloud. */
async function ops(...args: string[]): Promise<Ended> {
  return await run([...args, '--local', '--data', dataDir]);
}

async function run(args: string[]): Promise<Ended> {
  return await new Promise((resolve) => {
    execFile(process.execPath, ['ops/main.ts', ...args], { env: withoutAws() }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

function withoutAws(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}

/** A command's JSON, checked against what the test needs of it. */
async function json<T extends z.ZodType>(schema: T, ...args: string[]): Promise<z.output<T>> {
  const { stdout, stderr } = await ops(...args, '--json');
  expect(stderr).toBe('');
  return schema.parse(JSON.parse(stdout));
}

/** People in a room of their own, all of them subscribed. */
async function people(room: string, ...names: string[]): Promise<RawClient[]> {
  await new Storage(cloud()).createRoom(room, names);
  return await Promise.all(
    names.map(async (name) => {
      const client = await RawClient.signIn(cloud(), name);
      await client.subscribe(room);
      return client;
    }),
  );
}

function first<T>(items: T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error('There is none');
  return item;
}

describe('cost', () => {
  it('of a run of known size is that of a hand count of its calls', async () => {
    const sends = 20;
    const posts = countPosts();
    const starts = countInvocations();
    const jobsSent = countJobs();
    const report = sumDurations();
    // Of a crowd's coming nobody is told: how often that would be depends on who listens already.
    const names = ['ann', 'ben', 'cem'];
    const storage = new Storage(cloud());
    await storage.createRoom('counted', names);
    const counter = { ...roomKeys.seq('counted'), members: limits.presenceMembers + 1 };
    await storage.write('Rooms', [counter]);
    const clients = await people('counted', ...names);
    const sender = first(clients);
    for (let n = 0; n < sends; n++) await sender.send('counted', `message ${n}`);
    for (const client of clients) await client.received('counted', sends);
    await new Queue(cloud(), 'fanfare-deliveries').drained();
    await expect.poll(() => starts.get('fanfare-publish') ?? 0).toBeGreaterThan(0);

    // The queues' metrics are read off every five seconds: ask until they have come.
    const counted = z.object({
      fanout: z.object({ sends: z.number(), deliveries: z.number(), posts: z.number() }),
      counters: z.object({
        webSocketMessages: z.number(),
        events: z.number(),
        tables: z.array(z.object({ table: z.string(), writeUnits: z.number().optional() })),
        functions: z.array(z.object({ service: z.string(), invocations: z.number().optional() })),
        queues: z.array(
          z.object({
            queue: z.string(),
            sent: z.number().optional(),
            received: z.number().optional(),
            deleted: z.number().optional(),
          }),
        ),
      }),
      lines: z.array(z.object({ part: z.string(), of: z.string(), unit: z.string(), dollars: z.number() })),
      dollars: z.number(),
      dollarsPerMillionDeliveries: z.number(),
    });
    const read = () => json(counted, 'cost');
    await expect
      .poll(async () => queue(await read(), 'fanfare-deliveries')?.deleted === jobsSent(), {
        timeout: 40_000,
        interval: 1_000,
      })
      .toBe(true);
    const cost = await read();

    // Each client subscribed once; each frame of a client is answered.
    const frames = 2 * (sends + clients.length) + posts();
    expect(cost.fanout).toEqual({
      sends,
      deliveries: sends * clients.length,
      posts: posts(),
      frames: undefined,
    });
    // Each person joined the room that everybody is in, and this one.
    const events = sends + 2 * clients.length;
    expect(cost.counters).toMatchObject({ webSocketMessages: frames, events });

    const invocations = Object.fromEntries(
      cost.counters.functions.flatMap(({ service, invocations }) =>
        invocations === undefined ? [] : [[`fanfare-${service}`, invocations]],
      ),
    );
    expect(invocations).toEqual(Object.fromEntries(starts));
    expect(invocations).toMatchObject({ 'fanfare-send-message': sends, 'fanfare-subscribe': clients.length });

    const jobs = jobsSent();
    expect(queue(cost, 'fanfare-deliveries')).toMatchObject({ sent: jobs, received: jobs, deleted: jobs });

    // A transaction's write counts twice.
    const messages = cost.counters.tables.find(({ table }) => table === 'Messages');
    expect(messages?.writeUnits).toBe(2 * sends);

    const requests = 3 * jobs;
    const calls = [...starts.values()].reduce((sum, count) => sum + count, 0);
    const expected =
      frames * prices.webSocketMessage.dollars +
      calls * prices.lambdaRequest.dollars +
      report() * prices.lambdaGbSecond.dollars +
      requests * prices.sqsRequest.dollars +
      events * prices.event.dollars;
    // The durations of Lambda's reports are rounded to hundredths of a millisecond.
    const known = cost.lines.filter(({ part }) => part !== 'DynamoDB' && part !== 'CloudWatch');
    expect(known.reduce((sum, { dollars }) => sum + dollars, 0)).toBeCloseTo(expected, 8);
    expect(cost.dollarsPerMillionDeliveries).toBeCloseTo((cost.dollars / (sends * clients.length)) * 1e6, 9);
    for (const client of clients) client.close();
  }, 120_000);

  it('is printed by part, with what was not counted', async () => {
    const { code, stdout } = await ops('cost', '--since', '30m');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^20 sends, 60 deliveries, \d+ posts, /m);
    expect(stdout).toMatch(/^ {2}WebSocket +\d+ messages +0\.\d{6} +\d+\.\d{3}$/m);
    expect(stdout).toMatch(/^Total +0\.\d{6} +\d+\.\d{3}$/m);
    expect(stdout).toMatch(/^Not counted, as CloudWatch has no values: .*connection minutes\.$/m);
  });

  function queue<Q extends { queue: string }>(
    cost: { counters: { queues: Q[] } },
    name: string,
  ): Q | undefined {
    return cost.counters.queues.find((each) => each.queue === name);
  }

  function countPosts(): () => number {
    let posts = 0;
    cloud().gateway.faults = () => {
      posts++;
      return undefined;
    };
    return () => posts;
  }

  /** Jobs that dispatch sent, from the lines of its metrics, and presence, which writes a line for each. */
  function countJobs(): () => number {
    let jobs = 0;
    const metrics = z.object({ Jobs: z.union([z.number(), z.array(z.number())]) });
    cloud().logs.onLine((group, line) => {
      if (group === '/fanfare/presence' && line.includes('"message":"Told"')) jobs++;
      if (group !== '/fanfare/dispatch' || !line.includes('"Jobs"')) return;
      jobs += [metrics.parse(JSON.parse(line)).Jobs].flat().reduce((sum, sent) => sum + sent, 0);
    });
    return () => jobs;
  }

  /** Invocations by function, from the lines that Lambda writes as each begins. */
  function countInvocations(): Map<string, number> {
    const starts = new Map<string, number>();
    cloud().logs.onLine((group, line) => {
      if (!line.includes('"platform.start"')) return;
      const name = group.replace('/fanfare/', 'fanfare-');
      starts.set(name, (starts.get(name) ?? 0) + 1);
    });
    return starts;
  }

  /** GB-seconds, from the lines that Lambda writes as each invocation ends. */
  function sumDurations(): () => number {
    let gbSeconds = 0;
    const platform = z.object({
      record: z.object({ metrics: z.object({ durationMs: z.number(), memorySizeMB: z.number() }) }),
    });
    cloud().logs.onLine((_, line) => {
      if (!line.includes('"platform.report"')) return;
      const { durationMs, memorySizeMB } = platform.parse(JSON.parse(line)).record.metrics;
      gbSeconds += (durationMs / 1000) * (memorySizeMB / 1024);
    });
    return () => gbSeconds;
  }
});

const told = z.object({
  message: z.object({ seq: z.number(), text: z.string() }),
  steps: z.array(z.object({ atMs: z.number(), what: z.string(), stage: z.string(), detail: z.string() })),
  spent: z.object({ totalMs: z.number(), streamMs: z.number(), queueMs: z.number(), postsMs: z.number() }),
  missing: z.array(z.string()),
});

describe('story', () => {
  it('tells of each stage of a message, and where its time went', async () => {
    const [dora, emil] = await people('told', 'dora', 'emil');
    const seq = (await dora?.send('told', 'once upon a time')) ?? 0;
    await emil?.received('told', 1);
    // The logs' files are written a moment later.
    await expect
      .poll(async () => (await ops('story', 'told', String(seq))).stdout, { timeout: 40_000 })
      .toMatch(/delivered.*published|published.*delivered/s);

    const { message, steps, spent, missing } = await json(told, 'story', 'told', String(seq));
    expect(message).toMatchObject({ seq, text: 'once upon a time' });
    expect(missing).toEqual([]);
    const at = (what: string) => steps.find((step) => step.what === what)?.atMs ?? -1;
    expect(at('written')).toBe(0);
    expect(at('dispatched')).toBeGreaterThanOrEqual(0);
    expect(at('delivered')).toBeGreaterThanOrEqual(at('picked up'));
    expect(steps.find(({ what }) => what === 'delivered')?.detail).toContain('to 2 connections, 2 posts');
    expect(spent.streamMs + spent.queueMs + spent.postsMs).toBe(spent.totalMs);
    expect(spent.totalMs).toBe(at('delivered'));
    dora?.close();
    emil?.close();
  }, 90_000);

  it('says that there is no such message', async () => {
    const { code, stdout } = await ops('story', 'told', '99');
    expect([code, stdout]).toEqual([1, 'told has no message 99: the newest is 1.\n']);
    const empty = await ops('story', 'no-such-room', '1');
    expect([empty.code, empty.stdout]).toEqual([
      1,
      'no-such-room has no message 1: the room has no messages.\n',
    ]);
  });
});

describe('redrive', () => {
  it('shows what failed, then brings it back to its queue', async () => {
    const fay = first(await people('redriven', 'fay'));
    const letters = new Queue(cloud(), 'fanfare-deliveries-dlq');
    const event = {
      type: 'message',
      at: 1,
      seq: 1,
      version: 1,
      id: 'a',
      sender: 'fay',
      senderName: 'fay',
      text: 'late',
    };
    await letters.send(JSON.stringify({ room: 'redriven', shard: 0, shards: 1, events: [event] }));

    const list = await ops('redrive');
    expect(list.stdout).toMatch(/^fanfare-deliveries-dlq +1 message +from fanfare-deliveries$/m);
    expect(list.stdout).toMatch(/^fanfare-dispatch-dlq +empty +from a table's stream$/m);

    const dry = z.object({ held: z.number(), samples: z.array(z.string()) });
    const { held, samples } = await json(dry, 'redrive', 'deliveries', '--dry-run');
    expect([held, samples.length]).toEqual([1, 1]);
    expect(samples[0]).toContain('late');
    expect(await letters.depth()).toBe(1);
    expect(fay.messages('redriven')).toEqual([]);

    const { code, stdout } = await ops('redrive', 'deliveries');
    expect([code, stdout]).toEqual([
      0,
      'fanfare-deliveries-dlq: 1 message moved to fanfare-deliveries; it is empty.\n',
    ]);
    await fay.received('redriven', 1);
    expect(await letters.depth()).toBe(0);
    fay.close();
  });

  it('moves as many as there are, in calls of ten', async () => {
    const letters = new Queue(cloud(), 'fanfare-notifications-dlq');
    const notifications = new Queue(cloud(), 'fanfare-notifications');
    // Longer than the test looks: its consumer must not take them first.
    await notifications.offerAfter(900);
    const before = await notifications.depth();
    for (let n = 0; n < 23; n++) await letters.send(`{"n":${n}}`);
    const moved = z.object({ moved: z.number(), failed: z.number(), left: z.number() });
    expect(await json(moved, 'redrive', 'notifications')).toEqual({ moved: 23, failed: 0, left: 0 });
    expect(await notifications.depth()).toBe(before + 23);
  });

  it("gives a stream's records to their function again, as the stream holds them", async () => {
    const gus = first(await people('replayed', 'gus'));
    await gus.send('replayed', 'one');
    await gus.received('replayed', 1);
    const letters = new Queue(cloud(), 'fanfare-dispatch-dlq');
    await letters.send(JSON.stringify(failureOf('dispatch', await lastRecord('replayed'))));

    const dry = await ops('redrive', 'dispatch', '--dry-run');
    expect(dry.stdout).toContain('fanfare-dispatch  RetryAttemptsExhausted  1 record of');
    const { code, stdout } = await ops('redrive', 'dispatch');
    expect([code, stdout]).toEqual([
      0,
      'fanfare-dispatch-dlq: the records of 1 failure given to their function again; it is empty.\n',
    ]);
    // The same message comes again: a client drops what it has.
    await expect.poll(() => gus.messages('replayed').map(({ seq }) => seq)).toEqual([1, 1]);
    gus.close();
  });

  it('takes what the stream has lost from the table', async () => {
    const hal = first(await people('lost', 'hal'));
    await hal.send('lost', 'one');
    await hal.received('lost', 1);
    const lost = { ...(await lastRecord('lost')), shardId: 'shardId-00000000000000000000-ffffffff' };
    await new Queue(cloud(), 'fanfare-dispatch-dlq').send(JSON.stringify(failureOf('dispatch', lost)));
    const { code, stdout, stderr } = await ops('redrive', 'dispatch');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('the records of 1 failure given');
    await expect.poll(() => hal.messages('lost').map(({ seq }) => seq)).toEqual([1, 1]);
    hal.close();
  });

  it('leaves what fails again where it was, and says so', async () => {
    const letters = new Queue(cloud(), 'fanfare-publish-dlq');
    await letters.send('no JSON');
    await letters.send(JSON.stringify(failureOf('no-such-function', await lastRecord('lost'))));
    const { code, stdout } = await ops('redrive', 'publish');
    expect(code).toBe(1);
    expect(stdout).toContain('0 failures given to their function again, 2 failed and stayed; 2 left in it.');
    expect(stdout).toContain('does not tell of stream records');
    expect(stdout).toContain('Function not found');
    // They are there for the next try at once.
    const dry = z.object({ held: z.number(), samples: z.array(z.string()) });
    expect((await json(dry, 'redrive', 'publish', '--dry-run')).samples).toHaveLength(2);
  });

  /** What Lambda tells of a discarded record. */
  function failureOf(
    service: string,
    place: { shardId: string; sequenceNumber: string; streamArn: string; at: Date },
  ) {
    const at = `${place.at.toISOString().slice(0, 19)}Z`;
    return {
      requestContext: {
        functionArn: arn('lambda', `function:fanfare-${service}`),
        condition: 'RetryAttemptsExhausted',
      },
      DDBStreamBatchInfo: {
        shardId: place.shardId,
        startSequenceNumber: place.sequenceNumber,
        endSequenceNumber: place.sequenceNumber,
        approximateArrivalOfFirstRecord: at,
        approximateArrivalOfLastRecord: at,
        batchSize: 1,
        streamArn: place.streamArn,
      },
    };
  }

  /** Where the messages table's stream holds the newest message of a room. */
  async function lastRecord(room: string) {
    const streams = new DynamoDBStreamsClient({
      endpoint: cloud().dynamodb.proxy.url,
      region,
      credentials: cloud().credentials.issue(operator),
    });
    const StreamArn = cloud()
      .deployment.find('AWS::DynamoDB::GlobalTable')
      .find(({ logicalId }) => logicalId.startsWith('Messages'))?.attributes.StreamArn;
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    for (const { ShardId } of StreamDescription?.Shards ?? []) {
      const { ShardIterator } = await streams.send(
        new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
      );
      const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
      const found = Records.findLast(({ dynamodb }) => dynamodb?.Keys?.roomId?.S === room)?.dynamodb;
      if (found?.SequenceNumber && ShardId && StreamArn) {
        const at = found.ApproximateCreationDateTime ?? new Date();
        return { shardId: ShardId, sequenceNumber: found.SequenceNumber, streamArn: StreamArn, at };
      }
    }
    throw new Error(`The stream has no record of ${room}`);
  }
});

describe('doctor', () => {
  const examined = z.object({
    isWell: z.boolean(),
    findings: z.array(
      z.object({ area: z.string(), check: z.string(), status: z.string(), detail: z.string() }),
    ),
  });
  /** Alarms may have gone off by what the tests above did. */
  const examine = async () =>
    (await json(examined, 'doctor')).findings.filter(({ area }) => area !== 'Alarms');

  it('finds what waits for an operator, and nothing else', async () => {
    const problems = (await examine()).filter(({ status }) => status === 'problem');
    expect(problems).toEqual([
      expect.objectContaining({
        check: 'fanfare-publish-dlq',
        detail: '2 messages: redrive publish --dry-run',
      }),
    ]);
    const { code, stdout } = await ops('doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ +fanfare-publish-dlq +2 messages: redrive publish --dry-run/);
  });

  it('is content when that is gone', async () => {
    await new Queue(cloud(), 'fanfare-publish-dlq').take(2);
    const findings = await examine();
    expect(findings.filter(({ status }) => status === 'problem')).toEqual([]);
    expect(findings.filter(({ status }) => status === 'well').length).toBeGreaterThan(15);
  });

  it('knows the functions of the stacks', () => {
    const functions = cloud()
      .deployment.find('AWS::Lambda::Function')
      .map(({ ref }) => ref)
      .filter((name) => name.startsWith('fanfare-'));
    expect(functions.toSorted()).toEqual(services.map((service) => `fanfare-${service}`).toSorted());
  });
});

describe('a command that cannot be carried out ends with 2 and one sentence', () => {
  it.each([
    [['redrive', '--local', '--data', nowhere], /^No local cloud runs on .+: start it with npm start\.\n$/],
    [['doctor', '--local', '1', '--data', dataDir], /is on port \d+, not 1/],
    [['redrive', 'nothing', '--local', '--data', dataDir], /there are: fanfare-.+, fanfare-deliveries-dlq, /],
    [['story', 'general', 'x'], /A message's seq is a whole number from 1/],
    [['cost', '--since', 'yesterday'], /Expected 30m, 6h, 7d or a time/],
    [['no-such-command'], /unknown command/],
  ])('%j', async (args, message) => {
    const { code, stderr } = await run(args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(code).toBe(2);
  });
});
