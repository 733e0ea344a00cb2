import type { z } from 'zod';
import { unsupported } from '../template/properties.ts';
import type { Resource } from '../template/provider.ts';
import { Alarm, type AlarmSettings, type Transition } from './alarm.ts';
import { comparisons, type metricAlarmProperties } from './alarm-properties.ts';
import { type AlarmRule, type Datapoint, evaluationRange, judge, type Verdict } from './alarm-state.ts';
import type { Clock } from './clock.ts';
import { type MetricDataQuery, runQueries } from './metric-query.ts';
import type { MetricStore } from './metric-store.ts';

/** The template's properties, checked. */
export type MetricAlarmProperties = z.output<typeof metricAlarmProperties>;

/** An alarm over a metric, or over an expression of several. */
export class MetricAlarm extends Alarm {
  readonly properties: MetricAlarmProperties;
  readonly queries: readonly MetricDataQuery[];
  /** CloudWatch's seconds. */
  readonly period: number;
  readonly rule: AlarmRule;
  readonly #store: MetricStore;
  readonly #clock: Clock;
  readonly #createdAt = Date.now();

  /** @throws UnsupportedError that names `resource` where the alarm asks for what is not played */
  constructor(
    resource: Resource,
    properties: MetricAlarmProperties,
    settings: AlarmSettings,
    needs: {
      store: MetricStore;
      clock: Clock;
      act: (alarm: Alarm, topicArn: string, transition: Transition) => void;
    },
  ) {
    super(settings, needs.act);
    this.properties = properties;
    this.#store = needs.store;
    this.#clock = needs.clock;
    this.queries = queriesOf(resource, properties);
    this.rule = ruleOf(properties);
    try {
      const [series, ...more] = runQueries(this.queries, this.#frame([Date.now()]));
      if (!series || more.length > 0) throw new Error('exactly one of the metrics must return data');
      this.period = series.period;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw unsupported(resource, properties.Metrics ? 'Metrics' : 'MetricName', reason);
    }
  }

  /** Looks at the periods that end at `at`, the end of a minute, and changes the state where they say so. */
  evaluate(at: number): void {
    if (this.#isTooYoung(at)) return;
    const verdict = judge(this.range(at), this.rule);
    if (verdict.state !== undefined) this.become(verdict.state, this.#explain(verdict, verdict.state), at);
  }

  /**
   * On AWS, what an alarm watches has run for minutes before the alarm is deployed; here they start together. What is not
   * there yet is no silence.
   */
  #isTooYoung(at: number): boolean {
    const { evaluationPeriods, treatMissingData } = this.rule;
    return (
      treatMissingData === 'breaching' &&
      at < this.#createdAt + evaluationPeriods * this.#clock.width(this.period)
    );
  }

  /** The evaluation range that ends at `at`, oldest first. */
  range(at: number): Datapoint[] {
    const width = this.#clock.width(this.period);
    const length = evaluationRange(this.rule.evaluationPeriods);
    const times = Array.from({ length }, (_, index) => at - (length - index) * width);
    const [series] = runQueries(this.queries, this.#frame(times));
    return times.map((time) => ({ at: time, value: series?.points.get(time) }));
  }

  #frame(times: number[]) {
    return { store: this.#store, clock: this.#clock, times: () => times };
  }

  /** In the words of CloudWatch's own reasons. */
  #explain({ real, breaching, filled }: Verdict, to: Alarm['state']): string {
    const { evaluationPeriods, datapointsToAlarm, treatMissingData, breaches } = this.rule;
    if (to === 'INSUFFICIENT_DATA') return `Insufficient Data: ${evaluationPeriods} datapoints were unknown.`;
    const count = evaluationPeriods;
    if (real.length === 0)
      return `Threshold Crossed: no datapoints were received for ${count} ${plural(count, 'period')} and ${count} missing ${plural(count, 'datapoint')} ${count === 1 ? 'was' : 'were'} treated as [${to === 'ALARM' ? 'Breaching' : 'NonBreaching'}].`;
    const told = real.filter(({ value }) => breaches(value) === (to === 'ALARM'));
    const list = told.map(({ at, value }) => `${value} (${new Date(at).toISOString()})`).join(', ');
    const is = `${told.length === 1 ? 'was' : 'were'}${to === 'ALARM' ? '' : ' not'}`;
    const needed = to === 'ALARM' ? datapointsToAlarm : count - datapointsToAlarm + 1;
    const fill =
      filled > 0 && (treatMissingData === 'breaching' || treatMissingData === 'notBreaching')
        ? ` and ${filled} missing ${plural(filled, 'datapoint')} treated as [${treatMissingData === 'breaching' ? 'Breaching' : 'NonBreaching'}]`
        : '';
    const { sentence } = comparisons[this.properties.ComparisonOperator];
    return `Threshold Crossed: ${told.length} out of the last ${count} ${plural(count, 'datapoint')} [${list}] ${is} ${sentence} the threshold (${this.properties.Threshold})${fill} (${breaching} breaching; minimum ${needed} ${plural(needed, 'datapoint')} for ${to === 'ALARM' ? 'OK -> ALARM' : 'ALARM -> OK'} transition).`;
  }
}

function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`;
}

function ruleOf(properties: MetricAlarmProperties): AlarmRule {
  const { EvaluationPeriods, DatapointsToAlarm, ComparisonOperator, Threshold } = properties;
  const { compare } = comparisons[ComparisonOperator];
  return {
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: DatapointsToAlarm ?? EvaluationPeriods,
    // "Alarms that evaluate metrics in the AWS/DynamoDB namespace ignore missing data by default."
    treatMissingData:
      properties.TreatMissingData ?? (properties.Namespace === 'AWS/DynamoDB' ? 'ignore' : 'missing'),
    breaches: (value) => compare(value, Threshold),
  };
}

function queriesOf(resource: Resource, properties: MetricAlarmProperties): MetricDataQuery[] {
  const { Metrics, MetricName, Namespace, Dimensions, Period, Unit } = properties;
  if (Metrics) return Metrics;
  const Stat = properties.Statistic ?? properties.ExtendedStatistic;
  if (MetricName === undefined || Namespace === undefined || Period === undefined || Stat === undefined)
    throw unsupported(
      resource,
      'MetricName',
      'an alarm has a metric with its period and statistic, or Metrics',
    );
  const Metric = { Namespace, MetricName, Dimensions };
  return [{ Id: 'm1', MetricStat: { Metric, Period, Stat, ...(Unit && { Unit }) } }];
}
