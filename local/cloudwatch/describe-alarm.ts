import { CompositeAlarm } from './alarms.ts';
import { MetricAlarm } from './metric-alarm.ts';
import type { MetricDataQuery } from './metric-query.ts';

export function isComposite(alarm: MetricAlarm | CompositeAlarm): alarm is CompositeAlarm {
  return alarm instanceof CompositeAlarm;
}

/** An alarm as DescribeAlarms tells of it. */
export function describeAlarm(alarm: MetricAlarm | CompositeAlarm) {
  const { settings } = alarm;
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmDescription: settings.description,
    ActionsEnabled: settings.actionsEnabled,
    AlarmActions: settings.actions.ALARM,
    OKActions: settings.actions.OK,
    InsufficientDataActions: settings.actions.INSUFFICIENT_DATA,
    StateValue: alarm.state,
    StateReason: alarm.reason,
    StateUpdatedTimestamp: alarm.updatedAt / 1_000,
    StateTransitionedTimestamp: alarm.updatedAt / 1_000,
    ...(alarm instanceof MetricAlarm ? describeMetric(alarm) : { AlarmRule: alarm.ruleText }),
  };
}

function describeMetric({ properties, rule }: MetricAlarm) {
  const { Metrics, Dimensions, ...rest } = properties;
  return {
    EvaluationPeriods: rule.evaluationPeriods,
    DatapointsToAlarm: rule.datapointsToAlarm,
    Threshold: rest.Threshold,
    ComparisonOperator: rest.ComparisonOperator,
    TreatMissingData: rule.treatMissingData,
    ...(Metrics
      ? { Metrics: Metrics.map(describeQuery) }
      : {
          Namespace: rest.Namespace,
          MetricName: rest.MetricName,
          Dimensions: dimensionList(Dimensions),
          Period: rest.Period,
          Statistic: rest.Statistic,
          ExtendedStatistic: rest.ExtendedStatistic,
        }),
  };
}

function describeQuery({ MetricStat, ...query }: MetricDataQuery) {
  if (!MetricStat) return query;
  const { Metric, ...stat } = MetricStat;
  return {
    ...query,
    MetricStat: { ...stat, Metric: { ...Metric, Dimensions: dimensionList(Metric.Dimensions) } },
  };
}

function dimensionList(dimensions: Record<string, string>) {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}

/** An alarm's history as DescribeAlarmHistory tells it. */
export function describeHistory(alarm: MetricAlarm | CompositeAlarm) {
  return alarm.history.map(({ at, type, summary, from, to, reason }) => ({
    AlarmName: alarm.name,
    AlarmType: alarm instanceof MetricAlarm ? 'MetricAlarm' : 'CompositeAlarm',
    Timestamp: at / 1_000,
    HistoryItemType: type,
    HistorySummary: summary,
    HistoryData: JSON.stringify({
      version: '1.0',
      oldState: { stateValue: from },
      newState: { stateValue: to, stateReason: reason },
    }),
  }));
}
