import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Incident } from '#test/support/incident.ts';
import { ops } from '#test/support/ops.ts';
import { Queue } from '#test/support/queue.ts';
import { shortenedCloud } from '#test/support/shortened-cloud.ts';
import { Traffic } from '#test/support/traffic.ts';

const running = shortenedCloud();
const lines: string[] = [];
let traffic: Traffic | undefined;
let mend = () => {};

beforeAll(() => {
  running().cloud.logs.onLine((group, line) => {
    if (group === '/fanfare/deliver') lines.push(line);
  });
});
afterEach(async () => {
  mend();
  await traffic?.stop();
  traffic = undefined;
  lines.length = 0;
  mend = () => {};
});

const redrive = 'npm run ops -- redrive deliveries';

describe('a worker', { timeout: 120_000 }, () => {
  it('that crashes sets off its errors, the age of its queue and its dead letters', async () => {
    const { cloud, dataDir, deployBroken } = running();
    const deliveries = new Queue(cloud, 'fanfare-deliveries');
    traffic = await Traffic.start(cloud, 'crashing');
    const incident = await Incident.begin(cloud);
    mend = deployBroken('fanfare-deliver');
    const alarms = [
      'fanfare-deliver-errors',
      'fanfare-deliveries-age',
      'fanfare-deliveries-dlq-not-empty',
      'fanfare-chat-is-degraded',
    ];
    await incident.raises(...alarms);

    incident.leadsTo('fanfare-deliver-errors');
    incident.says(
      'fanfare-deliver-errors',
      'lines of `platform.report` whose status is not `success`',
      'Since a deployment: deploy the commit before',
      'npm run ops -- redrive',
    );
    const reports = lines.filter((line) => line.includes('"platform.report"'));
    expect(reports.filter((line) => !line.includes('"status":"success"'))).not.toEqual([]);

    mend();
    await deliveries.drained();
    await ops(redrive, dataDir);
    await traffic.allArrives();
    // What was late is measured when it arrives.
    await incident.isOver(alarms, ['fanfare-delivery-latency-p99', 'fanfare-delivery-latency-p50']);
  });

  it('that is given poison sets off the alarm of the dead letters alone', async () => {
    const { cloud, dataDir } = running();
    const deliveries = new Queue(cloud, 'fanfare-deliveries');
    traffic = await Traffic.start(cloud, 'poisoned');
    const incident = await Incident.begin(cloud);
    await deliveries.send('not JSON');
    await incident.raises('fanfare-deliveries-dlq-not-empty');

    incident.leadsTo('fanfare-deliveries-dlq-not-empty');
    incident.says(
      'fanfare-deliveries-dlq-not-empty',
      `${redrive} --dry-run`,
      'A record does not parse',
      '`aws sqs purge-queue` on `fanfare-deliveries-dlq`',
    );
    expect(await ops(`${redrive} --dry-run`, dataDir)).toContain('not JSON');
    expect(lines.filter((line) => line.includes('"A record does not parse"'))).not.toEqual([]);

    await new Queue(cloud, 'fanfare-deliveries-dlq').take(1);
    await traffic.allArrives();
    await incident.isOver(['fanfare-deliveries-dlq-not-empty']);
  });
});
