import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { type Listening, listen, readBody } from '#local/http.ts';
import { EventSources } from './event-sources.ts';
import { RecordingInvoker, resource } from './test-cloud.ts';

/*
 * Neither engine closes a shard within a test's time, so these shards are served by the test: DynamoDB Streams'
 * protocol over a list of shards, whose iterators are `shard/index`.
 */
interface FakeShard {
  ShardId: string;
  ParentShardId?: string;
  records: number[];
  isClosed: boolean;
}

const streamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/rooms/stream/2026';
const patience = { timeout: 10_000, interval: 10 };
const request = z.object({
  ShardId: z.string().default(''),
  ShardIteratorType: z.string().default(''),
  SequenceNumber: z.string().optional(),
  ShardIterator: z.string().default(''),
  Limit: z.number().default(1000),
});

let shards: FakeShard[];
let expired: Set<string>;
let server: Listening;
let folder: string;
let sources: EventSources;
let invoker: RecordingInvoker;
let wake: () => void;
let reads: number;

beforeAll(async () => {
  server = await listen(async (incoming, response) => {
    const body = request.parse(JSON.parse((await readBody(incoming)).toString()));
    const operation = String(incoming.headers['x-amz-target']).split('.')[1];
    const [status, answer] = serve(operation, body);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  });
});
afterAll(() => server.close());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fanfare-resharding-'));
  expired = new Set();
  reads = 0;
  invoker = new RecordingInvoker();
  sources = connect();
});
afterEach(async () => {
  await sources.stop();
  await rm(folder, { recursive: true });
});

function connect(): EventSources {
  return new EventSources({
    invoker,
    dynamodb: {
      engineUrl: server.url,
      onWrite(listener) {
        wake = () => listener(['rooms']);
        return () => {};
      },
      isTtlDelete: () => false,
    },
    queues: { get: noQueue, send: noQueue },
    checkpoints: join(folder, 'checkpoints.json'),
    authorize: () => undefined,
    log: () => {},
    retryDelay: { firstMs: 1, maxMs: 1 },
  });
}

function noQueue(): never {
  throw new Error('There are no queues here');
}

function map(StartingPosition: string) {
  const properties = { EventSourceArn: streamArn, FunctionName: 'fn', StartingPosition };
  return sources.providers['AWS::Lambda::EventSourceMapping']?.(resource('Mapping', properties));
}

function serve(operation: string | undefined, body: z.output<typeof request>): [number, object] {
  if (operation === 'DescribeStream') {
    const described = shards.map(({ ShardId, ParentShardId }) => ({ ShardId, ParentShardId }));
    return [200, { StreamDescription: { StreamArn: streamArn, Shards: described } }];
  }
  if (operation === 'GetShardIterator') {
    const shard = shards.find(({ ShardId }) => ShardId === body.ShardId);
    const at = shard?.records.indexOf(Number(body.SequenceNumber)) ?? -1;
    const behind = body.ShardIteratorType === 'AFTER_SEQUENCE_NUMBER' ? at + 1 : at;
    const index = body.ShardIteratorType === 'TRIM_HORIZON' ? 0 : behind;
    return [200, { ShardIterator: `${body.ShardId}/${index}` }];
  }
  reads++;
  if (expired.delete(body.ShardIterator)) {
    return [400, { __type: 'com.amazonaws.dynamodb.v20120810#ExpiredIteratorException' }];
  }
  const [id, from] = body.ShardIterator.split('/');
  const shard = shards.find(({ ShardId }) => ShardId === id);
  const records = shard?.records.slice(Number(from), Number(from) + body.Limit) ?? [];
  const next = Number(from) + records.length;
  const isEnd = shard?.isClosed && next === shard.records.length;
  return [200, { Records: records.map(toRecord), ...(!isEnd && { NextShardIterator: `${id}/${next}` }) }];
}

function toRecord(n: number) {
  return {
    eventID: String(n),
    eventName: 'INSERT',
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(Date.now() / 1000),
      Keys: { pk: { S: 'a' }, sk: { N: String(n) } },
      SequenceNumber: String(n),
    },
  };
}

it('handles a parent to its end before its children, and children that appear later', async () => {
  shards = [
    { ShardId: 'child', ParentShardId: 'parent', records: [3], isClosed: false },
    { ShardId: 'parent', ParentShardId: 'trimmed', records: [1, 2], isClosed: true },
  ];
  let failing = 3;
  invoker.handlers.set('fn', () => {
    if (failing-- > 0) throw new Error('not yet');
  });
  await map('TRIM_HORIZON');
  await expect.poll(() => invoker.sorts('fn'), patience).toEqual([[1, 2], [1, 2], [1, 2], [1, 2], [3]]);

  const child = shards[0];
  if (child) Object.assign(child, { records: [3, 4], isClosed: true });
  shards.push(
    { ShardId: 'left', ParentShardId: 'child', records: [5], isClosed: false },
    { ShardId: 'right', ParentShardId: 'child', records: [6], isClosed: false },
  );
  wake();
  await expect.poll(() => invoker.sorts('fn').flat().slice(8), patience).toHaveLength(4);
  expect(invoker.sorts('fn').flat().slice(8, 10)).toEqual([3, 4]);
  expect(invoker.sorts('fn').flat().slice(10).toSorted()).toEqual([5, 6]);
});

it('begins with LATEST in the open shards only', async () => {
  shards = [
    { ShardId: 'parent', records: [1, 2], isClosed: true },
    { ShardId: 'child', ParentShardId: 'parent', records: [3], isClosed: false },
  ];
  await map('LATEST');
  shards[1]?.records.push(4);
  wake();
  await expect.poll(() => invoker.sorts('fn'), patience).toEqual([[4]]);
});

it('reads a shard whole that came into being while nothing ran', async () => {
  shards = [{ ShardId: 'parent', records: [1], isClosed: false }];
  await map('LATEST');
  await sources.stop();
  shards = [
    { ShardId: 'parent', records: [1, 2], isClosed: true },
    { ShardId: 'child', ParentShardId: 'parent', records: [3], isClosed: false },
  ];
  sources = connect();
  await map('LATEST');
  await expect.poll(() => invoker.sorts('fn'), patience).toEqual([[2], [3]]);
});

it('goes on with a new iterator where one has expired', async () => {
  shards = [{ ShardId: 'only', records: [1], isClosed: false }];
  await map('TRIM_HORIZON');
  await expect.poll(() => invoker.sorts('fn'), patience).toEqual([[1]]);
  expired.add('only/1');
  shards[0]?.records.push(2);
  wake();
  await expect.poll(() => invoker.sorts('fn'), patience).toEqual([[1], [2]]);
  expect(expired.size).toBe(0);
});

it('reads the engine once for each write, and not again to see that there is no more', async () => {
  shards = [{ ShardId: 'only', records: [0], isClosed: false }];
  await map('TRIM_HORIZON');
  const writes = 20;
  for (let n = 0; n < writes; n++) {
    await expect.poll(() => invoker.sorts('fn').flat().at(-1), patience).toBe(n);
    shards[0]?.records.push(n + 1);
    wake();
  }
  await expect.poll(() => invoker.sorts('fn').flat().at(-1), patience).toBe(writes);
  // Without writes a shard is read once a second; a second read of each write would be twenty more.
  expect(reads).toBeLessThan(1.5 * writes);
});
