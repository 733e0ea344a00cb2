import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { metrics, namespace } from '#shared/observability/metrics.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage } from '#test/support/storage.ts';

const cloud = testCloud({ cloudWatch: { timeScale: 60 } });

/** The waterfall's, in the order in which a message passes them. */
const stages = ['IngressLatency', 'StreamLag', 'QueueDwell', 'PostDuration'] as const;

const room = 'falls';
const count = 200;

/** Below a member's ten a second, so that one message is under way at a time, and none waits for another. */
const everyMs = 105;

/**
 * What each post is made to take longer. Stages are told in whole milliseconds, so that four p50s are off by up to two:
 * much of the 20 ms that a message takes on this machine alone, and less than the 5 % that are held here of these 60. A
 * stage that were missing would be more: the shortest takes 4 ms.
 */
const postDelayMs = 40;

let sender: RawClient;
let reader: RawClient;
beforeAll(async () => {
  await new Storage(cloud()).createRoom(room, ['alice', 'bob']);
  sender = await RawClient.signIn(cloud(), 'alice');
  reader = await RawClient.signIn(cloud(), 'bob');
  await reader.subscribe(room);
  cloud().gateway.faults = () => ({ status: 200, delayMs: postDelayMs });
});

/**
 * Both clients are in this process and look at its clock: from just before a frame is written to the sender's socket
 * until the message is read from the reader's. He is the room's only subscriber, and so each job's last connection.
 *
 * No stage has what lies before API Gateway's receipt, half a millisecond here. On a machine that is busy with other things
 * that grows, since sender and gateway share a thread; then it is measured again.
 */
it("the stages' p50 add up to that of the time that clients measure, within 5 %", {
  retry: 2,
  timeout: 120_000,
}, async () => {
  await send('warming up', 30);
  const since = await nextMinute();
  const waits = await send('measured', count);
  await expect
    .poll(() => stages.map((stage) => valuesOf(stage, since)?.count))
    .toEqual(stages.map(() => count));

  const sum = stages.reduce((total, stage) => total + (valuesOf(stage, since)?.percentile(50) ?? 0), 0);
  const measured = waits.toSorted((a, b) => a - b)[count / 2] ?? 0;
  expect(Math.abs(sum - measured) / measured, `${sum} ms for ${measured} ms`).toBeLessThan(0.05);
});

/** Returns the milliseconds that each message took from client to client. */
async function send(text: string, messages: number): Promise<number[]> {
  const sentAt = new Map<string, number>();
  const waits: number[] = [];
  const read = () => {
    const at = performance.now();
    const frame = reader.frames.at(-1);
    if (frame?.type !== 'events') return;
    for (const event of frame.events) {
      if (event.type === 'message') waits.push(at - (sentAt.get(event.id) ?? 0));
    }
  };
  reader.socket.on('message', read);
  for (let i = 0; i < messages; i++) {
    const id = randomUUID();
    sentAt.set(id, performance.now());
    await Promise.all([sender.send(room, text, id), sleep(everyMs)]);
  }
  await expect.poll(() => waits.length).toBe(messages);
  reader.socket.off('message', read);
  return waits;
}

/** Waits for the beginning of one of CloudWatch's minutes, and returns it. */
async function nextMinute(): Promise<number> {
  const { clock } = cloud().cloudWatch;
  const next = clock.minuteOf(Date.now()) + clock.minuteMs;
  await sleep(next - Date.now());
  return next;
}

/** What CloudWatch has of a stage. */
function valuesOf(stage: (typeof stages)[number], since: number) {
  const { metrics: store, clock } = cloud().cloudWatch;
  const id = { namespace, name: stage, dimensions: { service: metrics[stage].service } };
  return store.read(id, since, clock.minuteOf(Date.now()) + clock.minuteMs);
}
