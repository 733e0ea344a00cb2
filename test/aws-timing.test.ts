import { expect, it } from 'vitest';
import { awsLatencies, shortest } from '#local/aws-timing.ts';
import { metrics, namespace } from '#shared/observability/metrics.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage } from '#test/support/storage.ts';

const cloud = testCloud({ awsTiming: true });
const room = 'far-away';

it("a lone message's way shows the hops that it would take on AWS", async () => {
  await new Storage(cloud()).createRoom(room, ['alice', 'bob']);
  const [alice, bob] = await Promise.all([
    RawClient.signIn(cloud(), 'alice'),
    RawClient.signIn(cloud(), 'bob'),
  ]);
  await bob.subscribe(room);
  await alice.send(room, 'anybody there?');
  await bob.received(room, 1);

  // Told in whole milliseconds.
  await expect
    .poll(() => shortestOf('StreamLag'))
    .toBeGreaterThanOrEqual(Math.floor(shortest(awsLatencies.stream)));
  await expect
    .poll(() => shortestOf('PostDuration'))
    .toBeGreaterThanOrEqual(Math.floor(shortest(awsLatencies.post)));
});

it('nothing is lost on the way', async () => {
  const people = ['carol', 'dave', 'erin'];
  await new Storage(cloud()).createRoom('busy', people);
  const clients = await Promise.all(people.map((name) => RawClient.signIn(cloud(), name)));
  await Promise.all(clients.map((client) => client.subscribe('busy')));
  const sent = people.flatMap(() => Array.from({ length: 10 }, (_, round) => `round ${round}`));
  const seqs = await Promise.all(
    sent.map((text, index) => clients[index % clients.length]?.send('busy', text)),
  );
  for (const client of clients) {
    const events = await client.received('busy', sent.length);
    expect(new Set(events.map(({ seq }) => seq))).toEqual(new Set(seqs));
  }
});

/** Of this stage's values, in milliseconds. */
function shortestOf(stage: 'StreamLag' | 'PostDuration'): number | undefined {
  const { metrics: store, clock } = cloud().cloudWatch;
  const id = { namespace, name: stage, dimensions: { service: metrics[stage].service } };
  return store.read(id, store.oldest(), clock.minuteOf(Date.now()) + clock.minuteMs)?.min;
}
