import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startCloud } from '#local/cloud.ts';
import { synth } from '#local/synth.ts';
import { RawClient } from '#test/support/raw-client.ts';

it('A message is delivered by workers that are kept ready, through their alias', {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-ready-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const assembly = join(folder, 'assembly');
  await synth(assembly, { context: { 'fanfare:deliverProvisionedConcurrency': 2 } });

  const cloud = await startCloud({ assembly, port: 0, dataDir: join(folder, 'data') });
  onTestFinished(cloud.stop);
  const workers = cloud.deployment
    .find('AWS::Lambda::EventSourceMapping')
    .map(({ properties }) => properties.FunctionName);
  expect(workers).toContain('fanfare-deliver:ready');

  const alice = await RawClient.signIn(cloud, 'alice');
  await alice.subscribe('general');
  await alice.send('general', 'hello');
  await alice.received('general', 1);
});
