import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { announceRunning } from '#local/running.ts';
import { testCloud } from '#test/support/cloud.ts';
import { Incident } from '#test/support/incident.ts';
import { ops } from '#test/support/ops.ts';
import { Queue } from '#test/support/queue.ts';
import { Traffic } from '#test/support/traffic.ts';

// The thresholds are those that are deployed. A job is requeued for a quarter of a minute before it is given up, and that
// is a real one: the queue then offers it again after a second, not the stack's half a minute.
const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-outage-'));
const cloud = testCloud({ dataDir, cloudWatch: { timeScale: 60 } });
let traffic: Traffic | undefined;
let deliveries: Queue;
beforeAll(async () => {
  announceRunning(dataDir, cloud().port, cloud().operatorEnvironment);
  deliveries = new Queue(cloud(), 'fanfare-deliveries');
  await deliveries.retryAfter(1);
});
afterAll(() => traffic?.stop());

it('@connections that throttles every post sets off the alarms of throttling and of what is given up', async () => {
  traffic = await Traffic.start(cloud(), 'outage', { everyMs: 200 });
  const incident = await Incident.begin(cloud());
  cloud().gateway.faults = () => ({ status: 429 });
  const alarms = [
    'fanfare-posts-throttled',
    'fanfare-undeliverable',
    'fanfare-deliveries-dlq-not-empty',
    'fanfare-chat-is-degraded',
  ];
  await incident.raises(...alarms);

  incident.leadsTo('fanfare-posts-throttled');
  const redrive = 'npm run ops -- redrive deliveries';
  incident.says('fanfare-posts-throttled', 'answered ten posts or more with 429', redrive);
  expect(await ops(`${redrive} --dry-run`, dataDir)).toContain('"room":"outage"');

  cloud().gateway.faults = undefined;
  await deliveries.drained();
  await ops(redrive, dataDir);
  await traffic.allArrives();
  // What had waited in the queue meanwhile is late.
  await incident.isOver(alarms, ['fanfare-delivery-latency-p50', 'fanfare-delivery-latency-p99']);
}, 120_000);
