import { rmSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { changedAssembly } from '#test/support/changed-assembly.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage } from '#test/support/storage.ts';
import { Viewer } from '#test/support/viewer.ts';

/** As `-c fanfare:streamParallelization=4` deploys it. */
const assembly = changedAssembly('FanfareRealtime', (resources) => {
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type === 'AWS::Lambda::EventSourceMapping' && 'ParallelizationFactor' in Properties)
      Properties.ParallelizationFactor = 4;
  }
});
afterAll(() => rmSync(assembly, { recursive: true, force: true }));
const cloud = testCloud({ assembly });

it('several batches of a room at once: everything is delivered once, and seen in order', async () => {
  const count = 60;
  const names = ['ann', 'ben', 'cem', 'dag'];
  await new Storage(cloud()).createRoom('lanes', [...names, 'witness', 'viewer']);
  const senders = await Promise.all(names.map((name) => RawClient.signIn(cloud(), name)));
  const witness = await RawClient.signIn(cloud(), 'witness');
  await witness.subscribe('lanes');
  const viewer = await Viewer.open(cloud(), 'viewer', 'lanes');
  const batches: number[][] = [];
  cloud().logs.onLine((group, line) => {
    if (group !== '/fanfare/dispatch' || !line.includes('"Dispatched"')) return;
    batches.push(JSON.parse(line).seqs);
  });

  // What gathers is spread over all of the four at once.
  cloud().eventSources.pause('fanfare-dispatch');
  for (let n = 0; n < count / names.length; n++)
    await Promise.all(senders.map((sender) => sender.send('lanes', `message ${n}`)));
  cloud().eventSources.resume('fanfare-dispatch');

  await viewer.sees(count);
  const events = await witness.received('lanes', count);
  await witness.ping();
  expect(events.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, index) => index + 1),
  );
  // Lambda keeps the order of an item, and each message is one: the four had the room's messages at the same time.
  expect(batches.flat().toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, index) => index + 1),
  );
  const scattered = batches.filter((seqs) => Math.max(...seqs) - Math.min(...seqs) >= seqs.length);
  expect(scattered.length).toBeGreaterThan(1);
  viewer.close();
});
