import type { HistoryItem } from '../cloudwatch/alarm.ts';
import type { AlarmState } from '../cloudwatch/alarm-state.ts';
import type { CompositeAlarm } from '../cloudwatch/alarms.ts';
import type { CloudWatch } from '../cloudwatch/cloudwatch.ts';
import { MetricAlarm } from '../cloudwatch/metric-alarm.ts';

/** An alarm's state, for a widget. Times are milliseconds since the epoch. */
export interface AlarmBrief {
  name: string;
  state: AlarmState;
  updatedAt: number;
}

export interface AlarmDetail extends AlarmBrief {
  description: string | undefined;
  reason: string;
  /** What it watches, in a line. */
  condition: string;
  isComposite: boolean;
  /** Newest first. */
  history: HistoryItem[];
}

const order: AlarmState[] = ['ALARM', 'INSUFFICIENT_DATA', 'OK'];

/** Every alarm, what is wrong first. */
export function alarmDetails({ alarms }: CloudWatch): AlarmDetail[] {
  return alarms
    .list()
    .map((alarm) => ({
      ...brief(alarm),
      description: alarm.settings.description,
      reason: alarm.reason,
      condition: conditionOf(alarm),
      isComposite: !(alarm instanceof MetricAlarm),
      history: alarm.history.toReversed(),
    }))
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
}

export function brief({ name, state, updatedAt }: MetricAlarm | CompositeAlarm): AlarmBrief {
  return { name, state, updatedAt };
}

export function countStates({ alarms }: CloudWatch): Record<AlarmState, number> {
  const counts = { OK: 0, ALARM: 0, INSUFFICIENT_DATA: 0 };
  for (const { state } of alarms.list()) counts[state]++;
  return counts;
}

const signs: Record<string, string> = {
  GreaterThanThreshold: '>',
  GreaterThanOrEqualToThreshold: '≥',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '≤',
};

function conditionOf(alarm: MetricAlarm | CompositeAlarm): string {
  if (!(alarm instanceof MetricAlarm)) return alarm.ruleText.replaceAll(/arn:[^"]*:alarm:/g, '');
  const { properties, rule, period } = alarm;
  const query = alarm.queries.find(({ ReturnData }) => ReturnData !== false);
  const stat = query?.MetricStat;
  const what = stat
    ? `${stat.Stat} of ${stat.Metric.MetricName}`
    : (query?.Label ?? query?.Expression ?? alarm.name);
  const sign = signs[properties.ComparisonOperator] ?? properties.ComparisonOperator;
  const { datapointsToAlarm, evaluationPeriods } = rule;
  return `${what} ${sign} ${properties.Threshold} in ${datapointsToAlarm} of ${evaluationPeriods} × ${period / 60} min, missing data: ${rule.treatMissingData}`;
}
