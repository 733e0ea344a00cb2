import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll } from 'vitest';
import { region } from '#local/aws.ts';
import { Credentials } from '#local/credentials.ts';
import { EventBridge } from '#local/eventbridge/eventbridge.ts';

export interface TestBus {
  name: string;
  client: EventBridgeClient;
  /** Where faults are injected. */
  bridge: EventBridge;
  /** What a rule that matches everything of ours has sent to its queue, in order. */
  received: unknown[];
}

/** An event bus with one rule, for the file or `describe` that calls it. */
export function testBus(): () => TestBus {
  let bus: TestBus | undefined;
  const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-bus-'));
  beforeAll(async () => {
    const credentials = new Credentials();
    const received: unknown[] = [];
    const unused = () => Promise.reject(new Error('The rule has no function'));
    const bridge = await EventBridge.start({
      invoker: { invoke: unused, invokeAsync: unused },
      sendToQueue: async (_queue, body) => {
        received.push(JSON.parse(body));
      },
      credentials,
      authorize: () => undefined,
      dataDir,
    });
    const create = (type: string, properties: Record<string, unknown>) =>
      bridge.providers[type]?.({ stack: 'Test', logicalId: 'Test', type, properties, metadata: {} });
    await create('AWS::Events::EventBus', { Name: 'fanfare' });
    await create('AWS::Events::Rule', {
      EventBusName: 'fanfare',
      EventPattern: { source: ['fanfare'] },
      Targets: [{ Id: 'queue', Arn: `arn:aws:sqs:${region}:000000000000:queue` }],
    });
    const key = credentials.issue({ functionName: 'test', roleArn: 'test' });
    const client = new EventBridgeClient({ endpoint: bridge.url, region, credentials: key });
    bus = { name: 'fanfare', client, bridge, received };
  });
  afterAll(async () => {
    bus?.client.destroy();
    await bus?.bridge.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return () => {
    if (!bus) throw new Error('The bus has not started yet');
    return bus;
  };
}
