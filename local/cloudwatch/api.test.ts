import {
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  GetMetricDataCommand,
  ListDashboardsCommand,
  ListMetricsCommand,
  type ListMetricsCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { startCloudWatch } from './test-cloudwatch.ts';

const Dimensions = [{ Name: 'service', Value: 'deliver' }];
const Metric = { Namespace: 'Test', MetricName: 'Size', Dimensions };

describe("CloudWatch's API, by the SDK", () => {
  it('takes metrics and gives them back by period, statistic and expression', async () => {
    const { client, cloudWatch } = await startCloudWatch();
    const begin = cloudWatch.clock.minuteOf(Date.now()) - 10 * 60_000;
    const at = (minutes: number) => new Date(begin + minutes * 60_000);
    await client.send(
      new PutMetricDataCommand({
        Namespace: 'Test',
        MetricData: [
          { MetricName: 'Size', Dimensions, Timestamp: at(0), Value: 5 },
          { MetricName: 'Size', Dimensions, Timestamp: at(0.5), Values: [1, 3], Counts: [2, 1] },
          { MetricName: 'Size', Dimensions, Timestamp: at(2), Value: 40, Unit: 'Bytes' },
        ],
      }),
    );
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        StartTime: at(0.2),
        EndTime: at(3),
        ScanBy: 'TimestampAscending',
        MetricDataQueries: [
          { Id: 'sum', MetricStat: { Metric, Period: 60, Stat: 'Sum' } },
          { Id: 'p50', MetricStat: { Metric, Period: 60, Stat: 'p50' }, Label: 'median' },
          { Id: 'hidden', MetricStat: { Metric, Period: 60, Stat: 'SampleCount' }, ReturnData: false },
          { Id: 'mean', Expression: 'sum / hidden' },
          { Id: 'filled', Expression: 'FILL(sum, 0)' },
        ],
      }),
    );
    const both = [at(0), at(2)];
    expect(MetricDataResults).toMatchObject([
      { Id: 'sum', Label: 'Size', Timestamps: both, Values: [10, 40], StatusCode: 'Complete' },
      { Id: 'p50', Label: 'median', Timestamps: both, Values: [1, 40] },
      { Id: 'mean', Label: 'mean', Timestamps: both, Values: [2.5, 40] },
      { Id: 'filled', Timestamps: [at(0), at(1), at(2)], Values: [10, 0, 40] },
    ]);

    const search = new GetMetricDataCommand({
      StartTime: at(0),
      EndTime: at(3),
      MetricDataQueries: [
        { Id: 's', Expression: `SEARCH('{Test,service} MetricName="Size"', 'Maximum', 300)` },
      ],
    });
    const found = (await client.send(search)).MetricDataResults;
    expect(found).toMatchObject([{ Id: 's', Label: 'Size deliver' }]);
    expect(Math.max(...(found?.[0]?.Values ?? []))).toBe(40);
  });

  it('gives the newest first unless asked otherwise, and refuses what it cannot answer', async () => {
    const { client, cloudWatch } = await startCloudWatch();
    const begin = cloudWatch.clock.minuteOf(Date.now()) - 10 * 60_000;
    for (const minutes of [0, 1])
      cloudWatch.metrics.record('Test', 'Size', { service: 'deliver' }, minutes, {
        at: begin + minutes * 60_000,
      });
    const ask = (Expression: string, EndTime = new Date()) =>
      client.send(
        new GetMetricDataCommand({
          StartTime: new Date(begin),
          EndTime,
          MetricDataQueries: [
            { Id: 'm1', MetricStat: { Metric, Period: 60, Stat: 'Average' }, ReturnData: false },
            { Id: 'e1', Expression },
          ],
        }),
      );
    expect((await ask('m1 + 1')).MetricDataResults?.[0]?.Values).toEqual([2, 1]);
    await expect(ask('ANOMALY_DETECTION_BAND(m1)')).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(ask('e1 + 1')).rejects.toThrow('refers to itself');
    await expect(ask('m1', new Date(begin - 1))).rejects.toThrow('StartTime must be less');
  });

  it('takes many metrics at once, which the SDK compresses', async () => {
    const { client, cloudWatch } = await startCloudWatch();
    const MetricData = Array.from({ length: 500 }, (_, index) => ({
      MetricName: `Metric${index}`,
      Dimensions,
      Value: 1,
    }));
    await client.send(new PutMetricDataCommand({ Namespace: 'Test', MetricData }));
    expect(cloudWatch.metrics.list()).toHaveLength(500);
  });

  it('lists metrics by namespace, name and dimension', async () => {
    const { client, logs } = await startCloudWatch();
    for (const [service, name] of [
      ['deliver', 'Posts'],
      ['dispatch', 'Jobs'],
      ['dispatch', 'Posts'],
    ] as const) {
      const CloudWatchMetrics = [
        { Namespace: 'Fanfare', Dimensions: [['service']], Metrics: [{ Name: name }] },
      ];
      logs
        .group('/aws/lambda/any')
        .write(JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics }, service, [name]: 1 }));
    }
    const names = async (input: ListMetricsCommandInput) =>
      (await client.send(new ListMetricsCommand(input))).Metrics?.map(
        ({ MetricName, Dimensions: [dimension] = [] }) => `${MetricName} ${dimension?.Value}`,
      );
    expect(await names({ Namespace: 'Fanfare', MetricName: 'Posts' })).toEqual([
      'Posts deliver',
      'Posts dispatch',
    ]);
    expect(await names({ Dimensions: [{ Name: 'service', Value: 'dispatch' }] })).toEqual([
      'Jobs dispatch',
      'Posts dispatch',
    ]);
    expect(await names({ Namespace: 'Other' })).toEqual([]);
  });

  it('describes alarms and their history, and puts them into a state', async () => {
    const { client, provide } = await startCloudWatch();
    const alarm = {
      AlarmName: 'size',
      AlarmDescription: 'too large',
      ...Metric,
      ExtendedStatistic: 'p99',
      Period: 60,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
      Threshold: 1.5,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
    };
    await provide('AWS::CloudWatch::Alarm', alarm);
    await provide('AWS::CloudWatch::CompositeAlarm', { AlarmName: 'all', AlarmRule: 'ALARM("size")' });
    await client.send(
      new SetAlarmStateCommand({ AlarmName: 'size', StateValue: 'ALARM', StateReason: 'a drill' }),
    );

    const described = await client.send(
      new DescribeAlarmsCommand({ AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], StateValue: 'ALARM' }),
    );
    expect(described.MetricAlarms).toMatchObject([
      { ...alarm, StateValue: 'ALARM', StateReason: 'a drill', StateUpdatedTimestamp: expect.any(Date) },
    ]);
    expect(described.CompositeAlarms).toMatchObject([{ AlarmName: 'all', AlarmRule: 'ALARM("size")' }]);
    const byPrefix = await client.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'x' }));
    expect(byPrefix.MetricAlarms).toEqual([]);

    const history = await client.send(new DescribeAlarmHistoryCommand({ AlarmName: 'size' }));
    expect(history.AlarmHistoryItems).toMatchObject([
      { HistoryItemType: 'StateUpdate', HistorySummary: 'Alarm updated from INSUFFICIENT_DATA to ALARM' },
    ]);
    const unknown = new SetAlarmStateCommand({ AlarmName: 'none', StateValue: 'OK', StateReason: '' });
    await expect(client.send(unknown)).rejects.toMatchObject({ name: 'ResourceNotFound' });
  });

  it('gives dashboards as the template says them', async () => {
    const { client, provide } = await startCloudWatch();
    const DashboardBody = JSON.stringify({ widgets: [] });
    await provide('AWS::CloudWatch::Dashboard', { DashboardName: 'fanfare-delivery', DashboardBody });
    const { DashboardEntries } = await client.send(new ListDashboardsCommand({}));
    expect(DashboardEntries).toMatchObject([
      { DashboardName: 'fanfare-delivery', Size: DashboardBody.length },
    ]);
    const get = (DashboardName: string) => client.send(new GetDashboardCommand({ DashboardName }));
    expect(await get('fanfare-delivery')).toMatchObject({ DashboardBody });
    await expect(get('other')).rejects.toMatchObject({ name: 'DashboardNotFoundError' });
  });

  it('answers only whose role may', async () => {
    const { client } = await startCloudWatch({
      authorize: (_, { action }) => (action === 'cloudwatch:ListMetrics' ? undefined : 'may not'),
    });
    await client.send(new ListMetricsCommand({}));
    await expect(client.send(new ListDashboardsCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

describe('what templates say beside', () => {
  it('is kept: saved queries, Contributor Insights rules, topics', async () => {
    const { provide, cloudWatch } = await startCloudWatch();
    const { ref } = await provide('AWS::Logs::QueryDefinition', {
      Name: 'Fanfare/story',
      QueryString: 'fields @timestamp',
      LogGroupNames: ['/aws/lambda/deliver'],
    });
    await provide('AWS::CloudWatch::InsightRule', { RuleName: 'hot', RuleBody: '{}', RuleState: 'ENABLED' });
    const { queryDefinitions, insightRules } = cloudWatch.kept;
    expect(queryDefinitions.get(ref)).toMatchObject({
      name: 'Fanfare/story',
      queryString: 'fields @timestamp',
    });
    expect([...insightRules.keys()]).toEqual(['hot']);
    const topic = await provide('AWS::SNS::Topic', { TopicName: 'ops' });
    expect(topic.ref).toBe('arn:aws:sns:us-east-1:000000000000:ops');
    const Endpoint = 'ops@example.com';
    await provide('AWS::SNS::Subscription', { TopicArn: topic.ref, Protocol: 'email', Endpoint });
    const sqs = provide('AWS::SNS::Subscription', { TopicArn: topic.ref, Protocol: 'sqs', Endpoint });
    await expect(sqs).rejects.toThrow('Protocol: nothing is sent to sqs subscribers');
  });

  it('counts the lines of a log group that hold some words', async () => {
    const { provide, cloudWatch, logs } = await startCloudWatch();
    const filter = {
      LogGroupName: '/aws/lambda/deliver',
      FilterPattern: 'ERROR "timed out"',
      MetricTransformations: [{ MetricNamespace: 'Test', MetricName: 'TimedOut', MetricValue: '2' }],
    };
    await provide('AWS::Logs::MetricFilter', filter);
    const group = logs.group('/aws/lambda/deliver');
    group.write('ERROR the call timed out');
    group.write('ERROR the call failed');
    logs.group('/aws/lambda/other').write('ERROR the call timed out');
    const minute = cloudWatch.clock.minuteOf(Date.now());
    const metric = { namespace: 'Test', name: 'TimedOut', dimensions: {} };
    expect(cloudWatch.metrics.read(metric, minute - 60_000, minute + 60_000)).toMatchObject({
      sum: 2,
      count: 1,
    });
    await expect(
      provide('AWS::Logs::MetricFilter', { ...filter, FilterPattern: '{ $.level = "ERROR" }' }),
    ).rejects.toThrow('FilterPattern');
  });
});
