import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startCloud } from '#local/cloud.ts';
import { UnsupportedError } from '#local/template/provider.ts';
import { changedAssembly, propertiesOf } from '#test/support/changed-assembly.ts';
import { testCloud } from '#test/support/cloud.ts';
import { Queue } from '#test/support/queue.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage } from '#test/support/storage.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function changed(...of: Parameters<typeof changedAssembly>): string {
  const folder = changedAssembly(...of);
  folders.push(folder);
  return folder;
}

/** Dispatch's mapping of the messages table's stream; it has one of the rooms table's too. */
const ofMessages = 'DispatchDynamoDBEventSourceFanfareDataMessages';

describe('a stack with another filter, rule pattern and route', () => {
  const cloud = testCloud({
    assembly: changed('FanfareRealtime', (resources) => {
      const dispatch = propertiesOf(resources, 'AWS::Lambda::EventSourceMapping', ofMessages);
      dispatch.FilterCriteria = { Filters: [{ Pattern: '{"eventName":["MODIFY"]}' }] };
      const rule = propertiesOf(resources, 'AWS::Events::Rule', 'NotificationsRule');
      rule.EventPattern = { 'detail-type': ['MessageSent'], detail: { room: [{ prefix: 'loud' }] } };
      for (const [name, { Type }] of Object.entries(resources)) {
        if (name.startsWith('Ping') && Type !== 'AWS::ApiGatewayV2::Integration') delete resources[name];
      }
    }),
  });

  it('dispatches what the filter lets through, and nothing else', async () => {
    const storage = new Storage(cloud());
    await storage.createRoom('edits', ['alice']);
    const alice = await RawClient.signIn(cloud(), 'alice');
    await alice.subscribe('edits');
    await alice.send('edits', 'new');
    const [message] = await storage.messages.after('edits', 0, 1);
    await storage.write('Messages', [{ ...message, version: 2, text: 'changed' }]);
    // The stream has both in this order.
    await alice.received('edits', 1);
    expect(alice.messages('edits')).toMatchObject([{ seq: 1, version: 2, text: 'changed' }]);
  });

  it('routes the events that the rule’s pattern matches', async () => {
    const storage = new Storage(cloud());
    for (const room of ['hushed', 'loud']) await storage.createRoom(room, ['alice']);
    const alice = await RawClient.signIn(cloud(), 'alice');
    cloud().eventSources.pause('fanfare-notify');
    for (const room of ['hushed', 'loud']) await alice.send(room, 'hello');
    const queue = new Queue(cloud(), 'fanfare-notifications');
    const [told = '{}'] = await queue.take(1);
    expect(JSON.parse(told)).toMatchObject({ detail: { room: 'loud' } });
    expect(await queue.depth()).toBe(0);
  });

  it('takes a frame whose route is gone to $default', async () => {
    const alice = await RawClient.signIn(cloud(), 'alice');
    expect(await alice.request({ action: 'ping' })).toMatchObject({ type: 'error', code: 'unknown_action' });
  });
});

describe('a stack with another batch size and another redrive policy', () => {
  const cloud = testCloud({
    assembly: changed('FanfareRealtime', (resources) => {
      propertiesOf(resources, 'AWS::Lambda::EventSourceMapping', 'DeliverSqs').BatchSize = 1;
      const queue = propertiesOf(resources, 'AWS::SQS::Queue', 'DeliveriesQueue');
      queue.RedrivePolicy = { ...Object(queue.RedrivePolicy), maxReceiveCount: 1 };
    }),
  });

  it('hands every job to a worker of its own', async () => {
    const storage = new Storage(cloud());
    await storage.createRoom('single', ['alice']);
    const alice = await RawClient.signIn(cloud(), 'alice');
    await alice.subscribe('single');
    const deliveries = new Queue(cloud(), 'fanfare-deliveries');
    cloud().eventSources.pause('fanfare-deliver');
    for (let seq = 1; seq <= 8; seq++) {
      const event = {
        type: 'message',
        at: 0,
        seq,
        version: 1,
        id: 'x',
        sender: 'x',
        senderName: 'x',
        text: 'x',
      };
      await deliveries.send(JSON.stringify({ room: 'single', shard: 0, shards: 1, events: [event] }));
    }
    cloud().eventSources.resume('fanfare-deliver');
    await alice.received('single', 8);
    for (const frame of alice.frames) {
      if (frame.type === 'events') expect(frame.events).toHaveLength(1);
    }
  });

  it('gives up a job after the receives that the policy says', async () => {
    let tries = 0;
    const unlisten = cloud().logs.onLine((group, line) => {
      if (group === '/fanfare/deliver' && line.includes('A record does not parse')) tries++;
    });
    const deliveries = new Queue(cloud(), 'fanfare-deliveries');
    await deliveries.drained();
    await deliveries.retryAfter(1);
    await deliveries.send('poison');
    expect(await new Queue(cloud(), 'fanfare-deliveries-dlq').take(1)).toEqual(['poison']);
    unlisten();
    expect(tries).toBe(1);
  });
});

describe('a stack that uses what is not played', () => {
  it.each([
    [
      'a type of resource',
      (resources) => {
        resources.Lake = { Type: 'AWS::Kinesis::Stream', Properties: {} };
      },
      ['FanfareRealtime', 'Lake', 'AWS::Kinesis::Stream'],
    ],
    [
      'a property',
      (resources) => {
        propertiesOf(resources, 'AWS::Lambda::EventSourceMapping', 'DeliverSqs').TumblingWindowInSeconds = 30;
      },
      ['FanfareRealtime', 'DeliveryDeliverSqsEventSource', 'TumblingWindowInSeconds'],
    ],
    [
      'a route’s integration',
      (resources) => {
        propertiesOf(resources, 'AWS::ApiGatewayV2::Integration', 'Ping').IntegrationType = 'HTTP_PROXY';
      },
      ['FanfareRealtime', 'PingIntegration', 'IntegrationType'],
    ],
    [
      'a pattern',
      (resources) => {
        propertiesOf(resources, 'AWS::Events::Rule', 'NotificationsRule').EventPattern = {
          source: [{ rhymes: 'fanfare' }],
        };
      },
      ['FanfareRealtime', 'EventsNotificationsRule', 'EventPattern'],
    ],
  ] satisfies [string, Parameters<typeof changedAssembly>[1], string[]][])(
    '(%s) does not start, and one sentence names it',
    async (_, change, names) => {
      const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-refused-'));
      folders.push(dataDir);
      const start = startCloud({ assembly: changed('FanfareRealtime', change), port: 0, dataDir });
      const error = await start.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(UnsupportedError);
      const { message } = error instanceof Error ? error : { message: '' };
      for (const name of names) expect(message).toContain(name);
      expect(message).not.toContain('\n');
    },
  );
});
