import { account, physicalName, region } from '../aws.ts';
import { parseProperties, unsupported } from '../template/properties.ts';
import type { Providers } from '../template/provider.ts';
import { Alarm, type AlarmSettings, type Transition } from './alarm.ts';
import { compositeAlarmProperties, metricAlarmProperties, settingsOf } from './alarm-properties.ts';
import type { AlarmState } from './alarm-state.ts';
import type { Clock } from './clock.ts';
import { type CompositeRule, CompositeRuleError, parseCompositeRule } from './composite-rule.ts';
import { MetricAlarm } from './metric-alarm.ts';
import type { MetricStore } from './metric-store.ts';
import type { Topics } from './topics.ts';

export interface AlarmsOptions {
  store: MetricStore;
  clock: Clock;
  topics: Topics;
  /** A topic was told that an alarm goes off, or is over. */
  onNotification(line: string): void;
}

/** An alarm over other alarms. */
export class CompositeAlarm extends Alarm {
  readonly ruleText: string;
  readonly holds: CompositeRule;

  constructor(
    settings: AlarmSettings,
    ruleText: string,
    holds: CompositeRule,
    act: ConstructorParameters<typeof Alarm>[1],
  ) {
    super(settings, act);
    this.ruleText = ruleText;
    this.holds = holds;
  }
}

/** The template's alarms. */
export class Alarms {
  readonly #options: AlarmsOptions;
  readonly #alarms = new Map<string, MetricAlarm | CompositeAlarm>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AlarmsOptions) {
    this.#options = options;
    this.#schedule();
  }

  readonly providers: Providers = {
    'AWS::CloudWatch::Alarm': (resource) => {
      const properties = parseProperties(resource, metricAlarmProperties);
      const name = properties.AlarmName ?? physicalName(resource.stack, resource.logicalId);
      const { store, clock } = this.#options;
      const needs = { store, clock, act: this.#act };
      return this.#put(new MetricAlarm(resource, properties, settingsOf(name, properties), needs));
    },
    'AWS::CloudWatch::CompositeAlarm': (resource) => {
      const properties = parseProperties(resource, compositeAlarmProperties);
      const name = properties.AlarmName ?? physicalName(resource.stack, resource.logicalId);
      try {
        const holds = parseCompositeRule(properties.AlarmRule);
        return this.#put(
          new CompositeAlarm(settingsOf(name, properties), properties.AlarmRule, holds, this.#act),
        );
      } catch (error) {
        if (error instanceof CompositeRuleError) throw unsupported(resource, 'AlarmRule', error.message);
        throw error;
      }
    },
  };

  /** Every alarm, in the order of their names. */
  list(): (MetricAlarm | CompositeAlarm)[] {
    return [...this.#alarms.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** By name or ARN. */
  find(nameOrArn: string): MetricAlarm | CompositeAlarm | undefined {
    return this.#alarms.get(nameOrArn.replace(/^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:/, ''));
  }

  /** Evaluates every alarm over the whole minutes before `at`. */
  evaluate(at = Date.now()): void {
    const minute = this.#options.clock.minuteOf(at);
    for (const alarm of this.#alarms.values()) if (alarm instanceof MetricAlarm) alarm.evaluate(minute);
    this.#evaluateComposites(at);
  }

  /** Puts an alarm into a state until its next evaluation says otherwise. */
  setState(alarm: Alarm, state: AlarmState, reason: string): void {
    alarm.become(state, reason, Date.now());
    this.#evaluateComposites(Date.now());
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Until nothing changes: composite alarms may be over composite alarms. */
  #evaluateComposites(at: number): void {
    const composites = this.list().filter((alarm) => alarm instanceof CompositeAlarm);
    for (let round = 0; round <= composites.length; round++) {
      let isChanged = false;
      for (const alarm of composites) {
        const to = alarm.holds((other) => this.find(other)?.state) ? 'ALARM' : 'OK';
        if (alarm.state === to) continue;
        alarm.become(to, `The rule ${to === 'ALARM' ? 'holds' : 'does not hold'}: ${alarm.ruleText}`, at);
        isChanged = true;
      }
      if (!isChanged) return;
    }
  }

  #put(alarm: MetricAlarm | CompositeAlarm) {
    this.#alarms.set(alarm.name, alarm);
    return { ref: alarm.name, attributes: { Arn: alarm.arn } };
  }

  /** Each minute, a little after its end: what happened at its end is still being reported. */
  #schedule(): void {
    const { clock } = this.#options;
    const slack = Math.min(clock.minuteMs / 10, 2_000);
    const now = Date.now();
    const next = clock.minuteOf(now) + clock.minuteMs + slack;
    this.#timer = setTimeout(() => {
      this.evaluate();
      this.#schedule();
    }, next - now).unref();
  }

  /** The message is what SNS delivers for an alarm on AWS. */
  readonly #act = (alarm: Alarm, topicArn: string, { from, to, reason, at }: Transition): void => {
    const { topics, onNotification } = this.#options;
    const message = JSON.stringify({
      AlarmName: alarm.name,
      AlarmDescription: alarm.settings.description ?? null,
      AWSAccountId: account,
      NewStateValue: to,
      NewStateReason: reason,
      StateChangeTime: new Date(at).toISOString(),
      Region: region,
      AlarmArn: alarm.arn,
      OldStateValue: from,
    });
    topics.publish({ at, topicArn, subject: `${to}: "${alarm.name}"`, message });
    // At the start every alarm finds out that it is OK.
    if (from !== 'INSUFFICIENT_DATA' || to === 'ALARM')
      onNotification(`${to}: ${alarm.name} (was ${from}). ${reason}`);
  };
}
