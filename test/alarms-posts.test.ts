import { afterEach, describe, expect, it } from 'vitest';
import { metrics, namespace } from '#shared/observability/metrics.ts';
import { testCloud } from '#test/support/cloud.ts';
import { Incident } from '#test/support/incident.ts';
import { Traffic } from '#test/support/traffic.ts';

// The thresholds are those that are deployed; CloudWatch's minutes take two seconds.
const cloud = testCloud({ cloudWatch: { timeScale: 30 } });
let traffic: Traffic | undefined;

afterEach(async () => {
  cloud().gateway.faults = undefined;
  await traffic?.stop();
  traffic = undefined;
});

/** The worst minute's value of a metric of ours. */
function worst(incident: Incident, name: keyof typeof metrics, statistic: string): number {
  return Math.max(0, ...incident.values(namespace, name, { service: metrics[name].service }, statistic));
}

it('Steady traffic sets no alarm off', async () => {
  traffic = await Traffic.start(cloud(), 'quiet');
  const incident = await Incident.begin(cloud());
  await incident.lasts(7);
  await traffic.allArrives();
  expect(incident.raised()).toEqual([]);
});

describe('@connections', { timeout: 120_000 }, () => {
  it('that is slow sets off the alarms of latency', async () => {
    traffic = await Traffic.start(cloud(), 'slow', { everyMs: 300 });
    const incident = await Incident.begin(cloud());
    cloud().gateway.faults = () => ({ status: 200, delayMs: 900 });
    const alarms = ['fanfare-delivery-latency-p50', 'fanfare-chat-is-degraded'];
    await incident.raises(...alarms);

    incident.leadsTo('fanfare-delivery-latency-p99');
    incident.says(
      'fanfare-delivery-latency-p99',
      'Post is thick, and nothing is requeued: API Gateway answers slowly',
      'loses nothing',
    );
    const others = ['IngressLatency', 'StreamLag', 'QueueDwell'] as const;
    const post = worst(incident, 'PostDuration', 'p50');
    for (const stage of others) expect(worst(incident, stage, 'p50'), stage).toBeLessThan(post);
    expect(worst(incident, 'Retried', 'Sum')).toBe(0);

    cloud().gateway.faults = undefined;
    await traffic.allArrives();
    // Whoever comes to a full second is handed on, and has the message seconds later: a few do on a busy machine.
    await incident.isOver(alarms, ['fanfare-delivery-latency-p99']);
  });

  it('that throttles every first try sets off one alarm: the retries carry it', async () => {
    // Apart by more than a first try's wait: a post that meets another one's retry may be throttled more than once.
    traffic = await Traffic.start(cloud(), 'throttled', { everyMs: 250 });
    const incident = await Incident.begin(cloud());
    const tried = new Set<string>();
    cloud().gateway.faults = (connectionId) => {
      if (tried.delete(connectionId)) return undefined;
      tried.add(connectionId);
      return { status: 429 };
    };
    await incident.raises('fanfare-posts-throttled');
    expect(worst(incident, 'Throttled', 'Sum')).toBeGreaterThanOrEqual(10);
    incident.leadsTo('fanfare-posts-throttled');
    incident.says('fanfare-posts-throttled', 'The retries carry a short peak by themselves');

    cloud().gateway.faults = undefined;
    await traffic.allArrives();
    await incident.isOver(['fanfare-posts-throttled']);
  });
});
