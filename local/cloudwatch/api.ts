import { z } from 'zod';
import { type Operations, parseInput } from '../eventbridge/api.ts';
import { ApiError } from '../eventbridge/api-error.ts';
import type { Authorize } from '../iam/authorize.ts';
import type { CompositeAlarm } from './alarms.ts';
import type { CloudWatch } from './cloudwatch.ts';
import { describeAlarm, describeHistory, isComposite } from './describe-alarm.ts';
import { MetricMathError } from './math-parser.ts';
import type { MetricAlarm } from './metric-alarm.ts';
import { dimensions, metricDataQuery } from './metric-query.ts';
import type { MetricId } from './metric-store.ts';
import { UnsupportedStatisticError } from './statistic.ts';

/** Seconds since the epoch, as AWS JSON writes times. Made milliseconds. */
const time = z.number().transform((seconds) => seconds * 1_000);

/** CloudWatch's API, as far as it is played. Answers are whole: nothing is paged. */
export function cloudWatchOperations(cloudWatch: CloudWatch, authorize: Authorize): Operations {
  const allowed = Object.entries(operations(cloudWatch)).map(([name, run]): [string, Operations[string]] => [
    name,
    (input, principal) => {
      const denial = authorize(principal, { action: `cloudwatch:${name}`, resource: '*' });
      if (denial !== undefined) throw new ApiError('AccessDeniedException', denial, 403);
      return run(input, principal);
    },
  ]);
  return Object.fromEntries(allowed);
}

function operations(cloudWatch: CloudWatch): Operations {
  return {
    GetMetricData: (input) => getMetricData(cloudWatch, parseInput(getMetricDataInput, input)),
    PutMetricData: (input) => putMetricData(cloudWatch, parseInput(putMetricDataInput, input)),
    ListMetrics: (input) => listMetrics(cloudWatch, parseInput(listMetricsInput, input)),

    DescribeAlarms: (input) => {
      const wanted = parseInput(describeAlarmsInput, input);
      const alarms = cloudWatch.alarms.list().filter((alarm) => isWanted(alarm, wanted));
      const types = wanted.AlarmTypes ?? ['MetricAlarm'];
      const described = (composite: boolean) =>
        alarms.filter((alarm) => isComposite(alarm) === composite).map(describeAlarm);
      return {
        MetricAlarms: types.includes('MetricAlarm') ? described(false) : [],
        CompositeAlarms: types.includes('CompositeAlarm') ? described(true) : [],
      };
    },
    DescribeAlarmHistory: (input) => {
      const wanted = parseInput(describeHistoryInput, input);
      const items = cloudWatch.alarms
        .list()
        .filter(({ name }) => wanted.AlarmName === undefined || wanted.AlarmName === name)
        .flatMap(describeHistory)
        .filter(({ HistoryItemType: type }) => (wanted.HistoryItemType ?? type) === type)
        .filter(({ Timestamp: at }) => at * 1_000 >= (wanted.StartDate ?? 0))
        .filter(({ Timestamp: at }) => at * 1_000 <= (wanted.EndDate ?? Number.POSITIVE_INFINITY))
        .sort((a, b) => b.Timestamp - a.Timestamp);
      if (wanted.ScanBy === 'TimestampAscending') items.reverse();
      return { AlarmHistoryItems: items.slice(0, wanted.MaxRecords) };
    },
    SetAlarmState: (input) => {
      const { AlarmName, StateValue, StateReason } = parseInput(setAlarmStateInput, input);
      const alarm = cloudWatch.alarms.find(AlarmName);
      if (!alarm) throw new ApiError('ResourceNotFound', `There is no alarm ${AlarmName}`, 404);
      cloudWatch.alarms.setState(alarm, StateValue, StateReason);
      return {};
    },

    ListDashboards: (input) => {
      const { DashboardNamePrefix: prefix } = parseInput(
        z.object({ DashboardNamePrefix: z.string().default('') }),
        input,
      );
      const dashboards = [...cloudWatch.kept.dashboards.values()].filter(({ name }) =>
        name.startsWith(prefix),
      );
      return {
        DashboardEntries: dashboards.map(({ name, arn, body, modifiedAt }) => ({
          DashboardName: name,
          DashboardArn: arn,
          LastModified: modifiedAt / 1_000,
          Size: Buffer.byteLength(body),
        })),
      };
    },
    GetDashboard: (input) => {
      const { DashboardName } = parseInput(z.object({ DashboardName: z.string() }), input);
      const found = cloudWatch.kept.dashboards.get(DashboardName);
      if (!found)
        throw new ApiError('DashboardNotFoundError', `Dashboard ${DashboardName} does not exist`, 404);
      return { DashboardName, DashboardArn: found.arn, DashboardBody: found.body };
    },
  };
}

const getMetricDataInput = z.object({
  MetricDataQueries: z.array(metricDataQuery).max(500),
  StartTime: time,
  EndTime: time,
  ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).default('TimestampDescending'),
});

function getMetricData(cloudWatch: CloudWatch, input: z.output<typeof getMetricDataInput>) {
  const { MetricDataQueries, StartTime, EndTime, ScanBy } = input;
  if (StartTime >= EndTime)
    throw new ApiError(
      'ValidationException',
      'The parameter StartTime must be less than the parameter EndTime.',
    );
  try {
    const results = cloudWatch.query(MetricDataQueries, StartTime, EndTime);
    return {
      MetricDataResults: results.map(({ id, label, points }) => {
        const scanned = ScanBy === 'TimestampAscending' ? [...points] : [...points].reverse();
        return {
          Id: id,
          Label: label,
          Timestamps: scanned.map(([at]) => at / 1_000),
          Values: scanned.map(([, value]) => value),
          StatusCode: 'Complete',
        };
      }),
      Messages: [],
    };
  } catch (error) {
    if (error instanceof MetricMathError || error instanceof UnsupportedStatisticError)
      throw new ApiError('ValidationException', error.message);
    throw error;
  }
}

const datum = z.object({
  MetricName: z.string(),
  Dimensions: dimensions,
  Timestamp: time.optional(),
  Value: z.number().optional(),
  Values: z.array(z.number()).max(150).optional(),
  Counts: z.array(z.number()).optional(),
});

const putMetricDataInput = z.object({ Namespace: z.string(), MetricData: z.array(datum).max(1_000) });

function putMetricData(
  { metrics }: CloudWatch,
  { Namespace, MetricData }: z.output<typeof putMetricDataInput>,
) {
  for (const { MetricName, Dimensions, Timestamp: at = Date.now(), Value, Values, Counts } of MetricData) {
    const values = Values ?? (Value === undefined ? [] : [Value]);
    if (values.length === 0)
      throw new ApiError('InvalidParameterValue', `${MetricName} has neither Value nor Values`);
    for (const [index, value] of values.entries())
      metrics.record(Namespace, MetricName, Dimensions, value, { at, times: Counts?.[index] ?? 1 });
  }
  return {};
}

const listMetricsInput = z.object({
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string().optional() })).default([]),
});

function listMetrics({ metrics }: CloudWatch, wanted: z.output<typeof listMetricsInput>) {
  const isListed = ({ namespace, name, dimensions }: MetricId) =>
    (wanted.Namespace ?? namespace) === namespace &&
    (wanted.MetricName ?? name) === name &&
    wanted.Dimensions.every(
      ({ Name, Value }) => Name in dimensions && (Value ?? dimensions[Name]) === dimensions[Name],
    );
  return {
    Metrics: metrics
      .list()
      .filter(isListed)
      .map(({ namespace, name, dimensions }) => ({
        Namespace: namespace,
        MetricName: name,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      })),
  };
}

const state = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']);

const describeAlarmsInput = z.object({
  AlarmNames: z.array(z.string()).optional(),
  AlarmNamePrefix: z.string().default(''),
  AlarmTypes: z.array(z.enum(['MetricAlarm', 'CompositeAlarm'])).optional(),
  StateValue: state.optional(),
  ActionPrefix: z.string().optional(),
});

function isWanted(
  { name, state, settings }: MetricAlarm | CompositeAlarm,
  wanted: z.output<typeof describeAlarmsInput>,
): boolean {
  const actions = Object.values(settings.actions).flat();
  return (
    (wanted.AlarmNames?.includes(name) ?? true) &&
    name.startsWith(wanted.AlarmNamePrefix) &&
    (wanted.StateValue ?? state) === state &&
    (wanted.ActionPrefix === undefined ||
      actions.some((action) => action.startsWith(wanted.ActionPrefix ?? '')))
  );
}

const describeHistoryInput = z.object({
  AlarmName: z.string().optional(),
  HistoryItemType: z.enum(['ConfigurationUpdate', 'StateUpdate', 'Action']).optional(),
  StartDate: time.optional(),
  EndDate: time.optional(),
  MaxRecords: z.number().int().max(100).default(100),
  ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).optional(),
});

const setAlarmStateInput = z.object({ AlarmName: z.string(), StateValue: state, StateReason: z.string() });
