import { expect } from 'vitest';
import type { Cloud } from '#local/cloud.ts';
import { MetricAlarm } from '#local/cloudwatch/metric-alarm.ts';
import { anchorOf, leadsTo, sectionAt } from '#test/support/runbook.ts';

/** What its alarms make of a cloud in which something is broken, from now on. */
export class Incident {
  readonly #cloud: Cloud;
  readonly #since = Date.now();

  private constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /** Begins when all is well. */
  static async begin(cloud: Cloud): Promise<Incident> {
    await calm(cloud);
    return new Incident(cloud);
  }

  /** Waits until each of these has gone off. */
  async raises(...names: string[]): Promise<void> {
    await expect.poll(() => names.filter((name) => !this.raised().includes(name)), patient).toEqual([]);
  }

  /**
   * Waits until no alarm is on, nor would be by what came in lately; then holds that these went off, and none but these
   * and `perhaps`: alarms that the same cause may bring with it, depending on how long it lasts.
   */
  async isOver(names: string[], perhaps: string[] = []): Promise<void> {
    await calm(this.#cloud);
    const raised = this.raised();
    expect(raised).toEqual(expect.arrayContaining(names));
    expect(raised.filter((name) => !names.includes(name) && !perhaps.includes(name))).toEqual([]);
  }

  /** Waits until so many of CloudWatch's minutes have passed. */
  async lasts(minutes: number): Promise<void> {
    const until = Date.now() + minutes * this.#cloud.cloudWatch.clock.minuteMs;
    await expect.poll(() => Date.now(), patient).toBeGreaterThan(until);
  }

  /**
   * The alarms that have gone off, but for the sweeper's: by this clock it runs each second, which a run takes longer than
   * where the machine has other things to do.
   */
  raised(): string[] {
    return this.#cloud.cloudWatch.alarms
      .list()
      .filter(({ history }) =>
        history.some(({ at, type, to }) => type === 'StateUpdate' && to === 'ALARM' && at >= this.#since),
      )
      .map(({ name }) => name)
      .filter((name) => name !== 'fanfare-sweep-late');
  }

  /** Holds that the runbook's sections of all that went off lead to that of one alarm. */
  leadsTo(cause: string): void {
    const anchor = this.#anchor(cause);
    for (const name of this.raised()) {
      expect(leadsTo(this.#anchor(name), anchor), `the section of ${name} leads to ${anchor}`).toBe(true);
    }
  }

  /** Holds that an alarm's section of the runbook has these words. */
  says(alarm: string, ...texts: string[]): void {
    for (const text of texts) expect(sectionAt(this.#anchor(alarm))).toContain(text);
  }

  #anchor(alarm: string): string {
    return anchorOf(this.#cloud.cloudWatch.alarms.find(alarm)?.settings.description);
  }

  /** A metric's values, minute by minute, since the beginning. */
  values(Namespace: string, MetricName: string, Dimensions: Record<string, string>, Stat: string): number[] {
    const MetricStat = { Metric: { Namespace, MetricName, Dimensions }, Period: 60, Stat };
    const queries = [{ Id: 'm1', MetricStat }];
    const [series] = this.#cloud.cloudWatch.query(queries, this.#since, Date.now() + 1);
    return [...(series?.points.values() ?? [])];
  }
}

const patient = { timeout: 45_000, interval: 50 };

/** No alarm is on, and none has a value over its threshold among those that it looks at. */
async function calm({ cloudWatch }: Cloud): Promise<void> {
  const uneasy = () => {
    const minute = cloudWatch.clock.minuteOf(Date.now());
    return cloudWatch.alarms
      .list()
      .filter(
        (alarm) =>
          alarm.state === 'ALARM' ||
          (alarm instanceof MetricAlarm &&
            alarm.range(minute).some(({ value }) => value !== undefined && alarm.rule.breaches(value))),
      )
      .map(({ name, reason }) => `${name}: ${reason}`);
  };
  await expect.poll(uneasy, patient).toEqual([]);
}
