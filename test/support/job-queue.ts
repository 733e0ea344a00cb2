import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll } from 'vitest';
import { region } from '#local/aws.ts';
import { Credentials } from '#local/credentials.ts';
import { type Fauxqs, startFauxqs } from '#local/engines/fauxqs.ts';

export interface TestQueue {
  url: string;
  client: SQSClient;
  /** The bodies of what can be received now, at most ten. */
  receive(): Promise<string[]>;
}

/** A standard queue that nobody consumes, for the file or `describe` that calls it. */
export function testQueue(): () => TestQueue {
  let queues: Fauxqs | undefined;
  let queue: TestQueue | undefined;
  const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-queue-'));
  beforeAll(async () => {
    queues = await startFauxqs({
      dataDir,
      credentials: new Credentials(),
      authorize: () => undefined,
      assetPath: () => '',
    });
    const type = 'AWS::SQS::Queue';
    const properties = { QueueName: 'jobs' };
    const created = await queues.providers[type]?.({
      stack: 'Test',
      logicalId: 'Jobs',
      type,
      properties,
      metadata: {},
    });
    const url = created?.ref ?? '';
    const client = new SQSClient({
      endpoint: queues.url,
      region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    queue = {
      url,
      client,
      async receive() {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
        );
        return Messages.map(({ Body = '' }) => Body);
      },
    };
  });
  afterAll(async () => {
    queue?.client.destroy();
    await queues?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return () => {
    if (!queue) throw new Error('The queue has not started yet');
    return queue;
  };
}
