import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { afterEach } from 'vitest';
import { region } from '../aws.ts';
import { Credentials, operator } from '../credentials.ts';
import { Logs } from '../lambda/logs.ts';
import type { Created } from '../template/provider.ts';
import { CloudWatch, type CloudWatchOptions } from './cloudwatch.ts';

/** For tests: a CloudWatch of its own, with the SDK's client. Stopped after the test. */
export async function startCloudWatch(options: Partial<CloudWatchOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'fanfare-cloudwatch-'));
  const logs = new Logs(directory);
  const credentials = new Credentials();
  const lines: string[] = [];
  const cloudWatch = await CloudWatch.start({
    logs,
    credentials,
    authorize: () => undefined,
    onNotification: (line) => lines.push(line),
    onWarning: (line) => lines.push(line),
    ...options,
  });
  const client = new CloudWatchClient({
    endpoint: cloudWatch.url,
    region,
    credentials: credentials.issue(operator),
  });
  stops.push(async () => {
    client.destroy();
    await cloudWatch.stop();
    await logs.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    cloudWatch,
    client,
    logs,
    lines,
    provide: async (type: string, properties: object, logicalId = 'Resource'): Promise<Created> => {
      const create = cloudWatch.providers[type];
      if (!create) throw new Error(`no provider of ${type}`);
      return create({ stack: 'Test', logicalId, type, properties: { ...properties }, metadata: {} });
    },
  };
}

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});
