import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeEventBusCommand,
  EventBridgeClient,
  ListRulesCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { account, arn, region } from '../aws.ts';
import { type AccessKey, Credentials } from '../credentials.ts';
import { listen, readBody } from '../http.ts';
import { UnsupportedError } from '../template/provider.ts';
import { ApiError } from './api-error.ts';
import { EventBridge } from './eventbridge.ts';
import { queueSender } from './test-queue-sender.ts';

vi.setConfig({ testTimeout: 20_000 });

let folder: string;
let queues: FauxqsServer;
let sqs: SQSClient;
let bridge: EventBridge;
let client: EventBridgeClient;
let invoked: { fn: string; event: unknown }[];
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eventbridge-'));
  queues = await startFauxqs({ port: 0, logger: false });
  sqs = sqsClient(`http://127.0.0.1:${queues.port}`);
  invoked = [];
  lines = [];
  await startBridge();
});

function sqsClient(endpoint: string): SQSClient {
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
  return new SQSClient({ region, endpoint, credentials, useQueueUrlAsEndpoint: false, maxAttempts: 1 });
}

async function startBridge(): Promise<void> {
  const credentials = new Credentials();
  bridge = await EventBridge.start({
    invoker: {
      invoke: () => Promise.reject(new Error('EventBridge invokes asynchronously')),
      invokeAsync: (fn, event) => {
        if (fn.endsWith(':gone')) {
          throw Object.assign(new Error('no such function'), { name: 'ResourceNotFoundException' });
        }
        invoked.push({ fn, event });
      },
    },
    sendToQueue: queueSender(sqs),
    credentials,
    authorize: () => undefined,
    dataDir: folder,
    retryDelayMs: 1,
    minuteMs: 20,
    log: (line) => lines.push(line),
  });
  client = sdk(credentials.issue({ functionName: 'publish', roleArn: arn('iam', 'role/publish') }));
}

afterEach(async () => {
  client.destroy();
  sqs.destroy();
  await bridge.stop();
  await queues.stop();
  await rm(folder, { recursive: true });
});

function sdk(credentials: AccessKey): EventBridgeClient {
  return new EventBridgeClient({ region, endpoint: bridge.url, credentials, maxAttempts: 1 });
}

const create = (type: string, properties: Record<string, unknown>, logicalId = 'It') => {
  const provider = bridge.providers[`AWS::Events::${type}`];
  if (!provider) throw new Error(`no provider for ${type}`);
  return provider({ stack: 'App', logicalId, type: `AWS::Events::${type}`, properties, metadata: {} });
};

const entry = (detail: unknown = { room: 'general' }, more: Partial<PutEventsRequestEntry> = {}) => ({
  Source: 'fanfare',
  DetailType: 'message',
  Detail: JSON.stringify(detail),
  ...more,
});

const put = (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }));

/** Messages that lie in a queue. */
function inQueue(name: string) {
  const messages = queues.inspectQueue(name)?.messages.ready ?? [];
  return messages.map(({ body, messageAttributes, messageGroupId }) => ({
    body,
    groupId: messageGroupId,
    attributes: Object.fromEntries(
      Object.entries(messageAttributes ?? {}).map(([attribute, value]) => [attribute, value.StringValue]),
    ),
  }));
}

const eventually = <T>(check: () => T) => vi.waitFor(check, { timeout: 15_000 });

const firstIn = (name: string) => vi.waitUntil(() => inQueue(name).at(0), { timeout: 15_000 });

const rule = (targets: Record<string, unknown>[], more: Record<string, unknown> = {}) =>
  create('Rule', {
    EventPattern: { source: ['fanfare'] },
    State: 'ENABLED',
    Targets: targets.map((target, index) => ({ Id: `Target${index}`, ...target })),
    ...more,
  });

describe('PutEvents', () => {
  test('brings the whole envelope to the queue of a matching rule, and nothing to another', async () => {
    const { queueArn } = queues.createQueue('matching');
    const other = queues.createQueue('other');
    await rule([{ Arn: queueArn }], { Name: 'one', EventPattern: { detail: { room: [{ prefix: 'gen' }] } } });
    await rule([{ Arn: other.queueArn }], { Name: 'two', EventPattern: { detail: { room: ['else'] } } });
    const time = new Date('2026-01-02T03:04:05.678Z');
    const result = await put(entry({ room: 'general' }, { Time: time, Resources: ['arn:room'] }));
    expect(result.FailedEntryCount).toBe(0);
    const message = await firstIn('matching');
    expect(JSON.parse(message.body)).toEqual({
      version: '0',
      id: result.Entries?.[0]?.EventId,
      'detail-type': 'message',
      source: 'fanfare',
      account,
      time: '2026-01-02T03:04:05Z',
      region,
      resources: ['arn:room'],
      detail: { room: 'general' },
    });
    expect(result.Entries?.[0]?.EventId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(inQueue('other')).toEqual([]);
  });

  test('answers entry by entry: what is wrong with some does not stop the others', async () => {
    await rule([{ Arn: arn('lambda', 'function:notify') }]);
    const { FailedEntryCount, Entries } = await put(
      entry({ n: 1 }),
      { DetailType: 't', Detail: '{}' },
      { Source: 's', Detail: '{}' },
      { Source: 's', DetailType: 't' },
      entry(undefined, { Detail: '{"half":' }),
      entry(['not', 'an', 'object']),
      entry({}, { Source: 'aws.ec2' }),
      entry({ n: 2 }),
    );
    expect(FailedEntryCount).toBe(6);
    expect(Entries?.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId)).toEqual([
      'string',
      'InvalidArgument',
      'InvalidArgument',
      'InvalidArgument',
      'MalformedDetail',
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      'string',
    ]);
    expect(Entries?.[2]?.ErrorMessage).toBe(
      'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
    );
    await eventually(() => expect(invoked).toHaveLength(2));
    expect(invoked.map(({ event }) => event)).toMatchObject([{ detail: { n: 1 } }, { detail: { n: 2 } }]);
  });

  test('refuses a call of no entries, of eleven, and of 1 MB', async () => {
    await expect(put()).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(put(...Array.from({ length: 11 }, () => entry()))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('less than or equal to 10'),
    });
    const half = entry({}, { Detail: JSON.stringify({ text: 'x'.repeat(524_288) }) });
    await expect(put(half, half)).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Total size of the entries in the request is over the limit.',
    });
    expect((await put(half)).FailedEntryCount).toBe(0);
  });

  test('accepts and loses an event for a bus that does not exist, as AWS does, and says so', async () => {
    const { FailedEntryCount } = await put(entry({}, { EventBusName: 'nowhere' }));
    expect(FailedEntryCount).toBe(0);
    expect(lines.join()).toContain('there is no bus nowhere');
  });

  test('takes calls signed with a key of ours alone', async () => {
    const stranger = sdk({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' });
    await expect(stranger.send(new PutEventsCommand({ Entries: [entry()] }))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      $metadata: { httpStatusCode: 403 },
    });
    stranger.destroy();
    const unsigned = await fetch(bridge.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSEvents.PutEvents' },
      body: '{}',
    });
    expect(unsigned.status).toBe(403);
    expect(await unsigned.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });

  test('faults: whole calls and single entries are refused at the wire', async () => {
    await rule([{ Arn: arn('lambda', 'function:notify') }]);
    bridge.faults = { call: () => new ApiError('ThrottlingException', 'Rate exceeded') };
    await expect(put(entry())).rejects.toMatchObject({ name: 'ThrottlingException' });
    bridge.faults = { call: () => new ApiError('InternalException', 'try again', 500) };
    await expect(put(entry())).rejects.toMatchObject({
      name: 'InternalException',
      $metadata: { httpStatusCode: 500 },
    });
    bridge.faults = {
      entry: (_entry, index) =>
        index === 1 ? { ErrorCode: 'InternalFailure', ErrorMessage: 'again' } : undefined,
    };
    const { Entries, FailedEntryCount } = await put(entry({ n: 0 }), entry({ n: 1 }), entry({ n: 2 }));
    expect(FailedEntryCount).toBe(1);
    expect(Entries?.[1]).toEqual({ ErrorCode: 'InternalFailure', ErrorMessage: 'again' });
    await eventually(() => expect(invoked).toHaveLength(2));
  });
});

describe('rules', () => {
  test('stand on their bus, have the refs of CloudFormation, and send nothing when disabled', async () => {
    await expect(create('EventBus', { Name: 'chat', Description: 'd' })).toEqual({
      ref: 'chat',
      attributes: { Arn: `arn:aws:events:${region}:${account}:event-bus/chat`, Name: 'chat' },
    });
    const target = { Arn: arn('lambda', 'function:f') };
    expect(await rule([target], { Name: 'on-chat', EventBusName: 'chat' })).toEqual({
      ref: 'chat|on-chat',
      attributes: { Arn: arn('events', 'rule/chat/on-chat') },
    });
    expect(await rule([target], { Name: 'on-default' })).toEqual({
      ref: 'on-default',
      attributes: { Arn: arn('events', 'rule/on-default') },
    });
    await rule([target], { Name: 'off', EventBusName: arn('events', 'event-bus/chat'), State: 'DISABLED' });
    await put(entry({}, { EventBusName: arn('events', 'event-bus/chat') }));
    await eventually(() => expect(invoked).toHaveLength(1));
    expect(await client.send(new DescribeEventBusCommand({ Name: 'chat' }))).toMatchObject({
      Arn: arn('events', 'event-bus/chat'),
    });
    const { Rules } = await client.send(new ListRulesCommand({ EventBusName: 'chat' }));
    expect(Rules?.map(({ Name, State }) => [Name, State])).toEqual([
      ['on-chat', 'ENABLED'],
      ['off', 'DISABLED'],
    ]);
    await expect(client.send(new DescribeEventBusCommand({ Name: 'no' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('transform the input of each target; FIFO queues get their group', async () => {
    const { queueArn } = queues.createQueue('plain');
    const fifo = queues.createQueue('ordered.fifo', {
      attributes: { FifoQueue: 'true', ContentBasedDeduplication: 'true' },
    });
    await rule([
      {
        Arn: queueArn,
        InputTransformer: { InputPathsMap: { room: '$.detail.room' }, InputTemplate: '"new in <room>"' },
      },
      { Arn: fifo.queueArn, InputPath: '$.detail', SqsParameters: { MessageGroupId: 'rooms' } },
      { Arn: arn('lambda', 'function:f'), Input: '{"constant":true}' },
    ]);
    await put(entry());
    await eventually(() => expect(inQueue('plain').map(({ body }) => body)).toEqual(['"new in general"']));
    await eventually(() =>
      expect(inQueue('ordered.fifo')).toMatchObject([{ body: '{"room":"general"}', groupId: 'rooms' }]),
    );
    await eventually(() =>
      expect(invoked).toEqual([{ fn: arn('lambda', 'function:f'), event: { constant: true } }]),
    );
  });

  test('reach a second bus, but no third', async () => {
    for (const name of ['a', 'b', 'c']) await create('EventBus', { Name: name });
    const role = { RoleArn: arn('iam', 'role/events') };
    await rule([{ Arn: arn('events', 'event-bus/b'), ...role }], { Name: 'ab', EventBusName: 'a' });
    await rule([{ Arn: arn('events', 'event-bus/c'), ...role }, { Arn: arn('lambda', 'function:b') }], {
      Name: 'bc',
      EventBusName: 'b',
    });
    await rule([{ Arn: arn('lambda', 'function:c') }], { Name: 'c', EventBusName: 'c' });
    const { Entries } = await put(entry({ via: 'a' }, { EventBusName: 'a' }));
    await put(entry({ via: 'c' }, { EventBusName: 'c' }));
    await eventually(() => expect(invoked).toHaveLength(2));
    expect(invoked).toMatchObject([
      { fn: arn('lambda', 'function:b'), event: { id: Entries?.[0]?.EventId, detail: { via: 'a' } } },
      { fn: arn('lambda', 'function:c'), event: { detail: { via: 'c' } } },
    ]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['Rule', { ScheduleExpression: 'cron(0 12 * * ? *)' }, 'ScheduleExpression'],
    ['Rule', { ScheduleExpression: 'rate(1 minute)', EventBusName: 'none' }, 'ScheduleExpression'],
    ['Rule', { ScheduleExpression: 'rate(1 minutes)' }, 'rate(1 minutes)'],
    ['Rule', { ScheduleExpression: 'rate(0 minutes)' }, 'is not a rate'],
    ['Rule', {}, 'EventPattern'],
    ['Rule', { EventPattern: { source: 'fanfare' } }, '"source" must be an object or an array'],
    ['Rule', { EventPattern: { source: ['x'] }, EventBusName: 'none' }, 'there is no event bus none'],
    [
      'Rule',
      { EventPattern: { source: ['x'] }, Targets: [{ Id: 't', Arn: 'arn:aws:sns:::x' }] },
      'Targets.0',
    ],
    [
      'Rule',
      { EventPattern: { source: ['x'] }, Targets: [{ Id: 't', Arn: arn('sqs', 'q'), EcsParameters: {} }] },
      'Targets.0.EcsParameters',
    ],
    ['EventBus', { Name: 'x', EventSourceName: 'aws.partner/x' }, 'EventSourceName'],
    ['Archive', { SourceArn: arn('events', 'event-bus/none') }, 'there is no event bus none'],
  ])('%s %j is refused by one sentence', async (type, properties, named) => {
    const attempt = async () => create(type, properties, 'Thing');
    await expect(attempt()).rejects.toThrow(UnsupportedError);
    await expect(attempt()).rejects.toThrow(`Thing (AWS::Events::${type}) in stack App, `);
    await expect(attempt()).rejects.toThrow(named);
  });
});

describe('a rule with a schedule', () => {
  const scheduled = (ScheduleExpression: string, more: Record<string, unknown> = {}) =>
    create('Rule', {
      Name: 'sweep',
      ScheduleExpression,
      State: 'ENABLED',
      Targets: [{ Id: 'Target0', Arn: arn('lambda', 'function:sweep') }],
      ...more,
    });

  test('runs when it is told to, at the time that it is told', async () => {
    await scheduled('rate(1 hour)');
    bridge.runSchedule('sweep', new Date('2026-11-21T10:00:00.789Z'));
    await eventually(() => expect(invoked).toHaveLength(1));
    expect(invoked).toEqual([
      {
        fn: arn('lambda', 'function:sweep'),
        event: {
          version: '0',
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          'detail-type': 'Scheduled Event',
          source: 'aws.events',
          account,
          time: '2026-11-21T10:00:00Z',
          region,
          resources: [arn('events', 'rule/sweep')],
          detail: {},
        },
      },
    ]);
    expect(() => bridge.runSchedule('other')).toThrow('no scheduled rule other');
  });

  test('runs at its rate, by the pace that minutes have here', async () => {
    await scheduled('rate(1 minute)');
    await scheduled('rate(2 minutes)', {
      Name: 'slower',
      Targets: [{ Id: 't', Arn: arn('lambda', 'function:slower') }],
    });
    await eventually(() =>
      expect(invoked.filter(({ fn }) => fn.endsWith('slower')).length).toBeGreaterThan(2),
    );
    const minutes = invoked.filter(({ fn }) => fn.endsWith('sweep')).length;
    expect(minutes).toBeGreaterThan(invoked.length - minutes);
  });

  test('is deployed again in its own place, and rests where it is disabled', async () => {
    await scheduled('rate(1 minute)');
    await scheduled('rate(1 minute)', { State: 'DISABLED' });
    await scheduled('rate(1 minute)', {
      Name: 'other',
      Targets: [{ Id: 't', Arn: arn('lambda', 'function:other') }],
    });
    await eventually(() => expect(invoked.length).toBeGreaterThan(2));
    expect(invoked.map(({ fn }) => fn)).not.toContain(arn('lambda', 'function:sweep'));
  });

  test('no event of a bus runs it', async () => {
    await scheduled('rate(1 day)');
    await rule([{ Arn: arn('lambda', 'function:by-event') }], { Name: 'by-event' });
    await put(entry());
    await eventually(() => expect(invoked.map(({ fn }) => fn)).toEqual([arn('lambda', 'function:by-event')]));
  });
});

describe('a target that fails', () => {
  const dead = () => queues.createQueue('dead').queueArn;

  test('is tried again until it takes the event', async () => {
    await rule([{ Arn: queues.createQueue('late').queueArn }]);
    // The endpoint goes away under the sender, and comes back: a failure at the wire.
    const { port } = queues;
    await queues.stop();
    await put(entry());
    queues = await startFauxqs({ port, logger: false });
    queues.createQueue('late');
    await eventually(() => expect(inQueue('late')).toHaveLength(1));
  });

  test('that does not exist is not tried again: the event goes to the dead-letter queue', async () => {
    const missing = arn('sqs', 'missing');
    await rule([{ Arn: missing, DeadLetterConfig: { Arn: dead() } }], { Name: 'lost' });
    const { Entries } = await put(entry());
    const message = await firstIn('dead');
    expect(JSON.parse(message.body)).toMatchObject({
      id: Entries?.[0]?.EventId,
      detail: { room: 'general' },
    });
    expect(message.attributes).toEqual({
      RULE_ARN: arn('events', 'rule/lost'),
      TARGET_ARN: missing,
      ERROR_CODE: 'NO_RESOURCE',
      ERROR_MESSAGE: expect.any(String),
      RETRY_ATTEMPTS: '0',
    });
  });

  test('is given up after MaximumRetryAttempts', async () => {
    let attempts = 0;
    const throttling = await listen(async (request, response) => {
      const body = (await readBody(request)).toString();
      const refused =
        request.headers['x-amz-target'] === 'AmazonSQS.SendMessage' && /"QueueUrl":"[^"]*busy"/.test(body);
      const headers = {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': String(request.headers['x-amz-target']),
      };
      if (refused) {
        attempts++;
        response
          .writeHead(400, headers)
          .end('{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow down"}');
      } else {
        const answer = await fetch(`http://127.0.0.1:${queues.port}`, { method: 'POST', headers, body });
        response.writeHead(answer.status, headers).end(await answer.text());
      }
    });
    await bridge.stop();
    sqs.destroy();
    sqs = sqsClient(throttling.url);
    await startBridge();
    const busy = queues.createQueue('busy').queueArn;
    await rule([
      {
        Arn: busy,
        DeadLetterConfig: { Arn: dead() },
        RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 },
      },
    ]);
    await put(entry());
    const message = await firstIn('dead');
    expect(attempts).toBe(3);
    expect(message.attributes).toMatchObject({
      ERROR_CODE: 'THROTTLING',
      ERROR_MESSAGE: 'slow down',
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
      RETRY_ATTEMPTS: '2',
    });
    await throttling.close();
  });

  test('without a dead-letter queue drops the event, and the developer hears of it', async () => {
    await rule([{ Arn: arn('lambda', 'function:gone') }, { Arn: arn('lambda', 'function:here') }]);
    await put(entry());
    await eventually(() => expect(lines.join()).toMatch(/was dropped.*function:gone.*no such function/));
    expect(invoked).toHaveLength(1);
  });

  test('a function whose transformed input is no JSON gets nothing', async () => {
    await rule([
      {
        Arn: arn('lambda', 'function:f'),
        InputTransformer: { InputTemplate: 'no json' },
        DeadLetterConfig: { Arn: dead() },
      },
    ]);
    await put(entry());
    const message = await firstIn('dead');
    expect(message.attributes.ERROR_CODE).toBe('INVALID_JSON');
    expect(invoked).toEqual([]);
  });

  test('stop() does not wait for retries', async () => {
    await queues.stop();
    await rule([{ Arn: arn('sqs', 'unreachable'), RetryPolicy: { MaximumRetryAttempts: 185 } }]);
    await put(entry());
    await bridge.stop();
  });
});

test('an archive keeps the events of its bus that match its pattern', async () => {
  await create('EventBus', { Name: 'chat' });
  const created = await create('Archive', {
    ArchiveName: 'messages',
    SourceArn: arn('events', 'event-bus/chat'),
    EventPattern: { 'detail-type': ['message'] },
    RetentionDays: 3,
    KmsKeyIdentifier: '',
  });
  expect(created.ref).toBe('messages');
  const onChat = { EventBusName: 'chat' };
  await put(entry({ n: 1 }, onChat), entry({ n: 2 }, { ...onChat, DetailType: 'typing' }), entry({ n: 3 }));
  await put(entry({ n: 4 }, onChat));
  await bridge.stop();
  const kept = (await readFile(join(folder, 'archives', 'messages.jsonl'), 'utf8')).trim().split('\n');
  expect(kept.map((line) => JSON.parse(line).detail)).toEqual([{ n: 1 }, { n: 4 }]);
});

test('a bus policy has no effect', async () => {
  expect(await create('EventBusPolicy', { StatementId: 'all', Statement: { Effect: 'Allow' } })).toEqual({
    ref: 'default|all',
  });
});

describe('TestEventPattern', () => {
  const event = {
    id: '1',
    account,
    source: 'shop',
    time: '2026-01-01T00:00:00Z',
    region,
    resources: [],
    'detail-type': 'Paid',
  };
  const ask = (pattern: unknown, candidate: unknown = event) =>
    client.send(
      new TestEventPatternCommand({
        EventPattern: JSON.stringify(pattern),
        Event: JSON.stringify(candidate),
      }),
    );

  test('answers whether a pattern matches', async () => {
    expect(await ask({ source: [{ prefix: 'sh' }] })).toMatchObject({ Result: true });
    expect(await ask({ source: ['bank'] })).toMatchObject({ Result: false });
  });

  test('refuses a bad pattern and an incomplete event', async () => {
    await expect(ask({ source: 'shop' })).rejects.toMatchObject({
      name: 'InvalidEventPatternException',
      message: 'Event pattern is not valid. Reason: "source" must be an object or an array',
    });
    await expect(ask({ source: ['shop'] }, { source: 'shop' })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});
