import { describe, expect, it } from 'vitest';
import { UnsupportedError } from '../template/provider.ts';
import { startCloudWatch } from './test-cloudwatch.ts';

const minute = 60_000;
const topicArn = 'arn:aws:sns:us-east-1:000000000000:ops';

/** Of a metric Test/Size: more than 5 in sum, in two of three minutes. */
const twoOfThree = {
  AlarmName: 'size',
  Namespace: 'Test',
  MetricName: 'Size',
  Dimensions: [{ Name: 'service', Value: 'a' }],
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanThreshold',
  TreatMissingData: 'notBreaching',
  AlarmActions: [topicArn],
  OKActions: [topicArn],
};

async function start() {
  const parts = await startCloudWatch();
  const { cloudWatch } = parts;
  // Two hours ago, so that the alarms' own timer meets no data and the test decides what time it is.
  const begin = cloudWatch.clock.minuteOf(Date.now()) - 120 * minute;
  return {
    ...parts,
    put: (atMinute: number, value: number, name = 'Size') =>
      cloudWatch.metrics.record('Test', name, { service: 'a' }, value, {
        at: begin + atMinute * minute + 1_000,
      }),
    /** Evaluates as if `count` minutes had passed. */
    evaluateAfter: (count: number) => cloudWatch.alarms.evaluate(begin + count * minute),
    state: (name = 'size') => cloudWatch.alarms.find(name)?.state,
  };
}

describe('an alarm', () => {
  it('goes from INSUFFICIENT_DATA to ALARM and OK as the data do, tells its topic of each change and of nothing else', async () => {
    const { provide, put, evaluateAfter, state, cloudWatch, lines } = await start();
    await provide('AWS::CloudWatch::Alarm', twoOfThree);
    expect(state()).toBe('INSUFFICIENT_DATA');
    put(0, 1);
    evaluateAfter(1);
    expect(state()).toBe('OK');
    put(1, 4);
    put(1, 4);
    evaluateAfter(2);
    expect(state()).toBe('OK');
    put(2, 6);
    evaluateAfter(3);
    expect(state()).toBe('ALARM');
    evaluateAfter(3);
    put(3, 1);
    put(4, 1);
    evaluateAfter(5);
    expect(state()).toBe('OK');

    const alarm = cloudWatch.alarms.find('size');
    const updates = alarm?.history.filter(({ type }) => type === 'StateUpdate');
    expect(updates?.map(({ from, to }) => [from, to])).toEqual([
      ['INSUFFICIENT_DATA', 'OK'],
      ['OK', 'ALARM'],
      ['ALARM', 'OK'],
    ]);
    expect(updates?.[1]?.reason).toMatch(
      /^Threshold Crossed: 2 out of the last 3 datapoints \[6 \(.*Z\), 8 \(.*Z\)\] were greater than the threshold \(5\)/,
    );
    const { notifications } = cloudWatch.topics;
    expect(notifications.map(({ subject }) => subject)).toEqual([
      'OK: "size"',
      'ALARM: "size"',
      'OK: "size"',
    ]);
    expect(JSON.parse(notifications[1]?.message ?? '')).toMatchObject({
      AlarmName: 'size',
      OldStateValue: 'OK',
      NewStateValue: 'ALARM',
    });
    expect(lines).toEqual([
      expect.stringMatching(/^ALARM: size \(was OK\)\. Threshold Crossed/),
      expect.stringMatching(/^OK: size \(was ALARM\)\./),
    ]);
  });

  it('looks at periods of several minutes each minute anew', async () => {
    const { provide, put, evaluateAfter, state } = await start();
    const fiveMinutes = { ...twoOfThree, Period: 300, EvaluationPeriods: 1, DatapointsToAlarm: 1 };
    await provide('AWS::CloudWatch::Alarm', fiveMinutes);
    put(0, 3);
    put(3, 3);
    evaluateAfter(3);
    expect(state()).toBe('OK');
    evaluateAfter(4);
    expect(state()).toBe('ALARM');
  });

  it('over a percentile or an expression has its value', async () => {
    const { provide, put, evaluateAfter, state } = await start();
    await provide('AWS::CloudWatch::Alarm', {
      ...twoOfThree,
      AlarmName: 'percentile',
      Statistic: undefined,
      ExtendedStatistic: 'p90',
      EvaluationPeriods: 1,
      DatapointsToAlarm: 1,
    });
    const metric = (Id: string, MetricName: string) => ({
      Id,
      ReturnData: false,
      MetricStat: {
        Metric: { Namespace: 'Test', MetricName, Dimensions: twoOfThree.Dimensions },
        Period: 60,
        Stat: 'Sum',
      },
    });
    await provide('AWS::CloudWatch::Alarm', {
      AlarmName: 'rate',
      Metrics: [
        metric('failed', 'Failed'),
        metric('size', 'Size'),
        { Id: 'rate', Expression: '100 * FILL(failed, 0) / size', Label: 'percent' },
      ],
      EvaluationPeriods: 1,
      Threshold: 50,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
    for (let value = 1; value <= 10; value++) put(0, value === 10 ? 100 : 1);
    evaluateAfter(1);
    expect([state('percentile'), state('rate')]).toEqual(['OK', 'OK']);
    put(1, 9);
    put(1, 5, 'Failed');
    evaluateAfter(2);
    expect([state('percentile'), state('rate')]).toEqual(['ALARM', 'ALARM']);
  });

  it('of DynamoDB stays as it is where data is missing, unless it says otherwise', async () => {
    const { provide, evaluateAfter, state, cloudWatch } = await start();
    const dynamodb = { ...twoOfThree, Namespace: 'AWS/DynamoDB', TreatMissingData: undefined };
    await provide('AWS::CloudWatch::Alarm', dynamodb);
    await provide('AWS::CloudWatch::Alarm', { ...dynamodb, AlarmName: 'other', TreatMissingData: 'missing' });
    for (const alarm of cloudWatch.alarms.list()) alarm.become('OK', 'test', Date.now());
    evaluateAfter(1);
    expect([state('size'), state('other')]).toEqual(['OK', 'INSUFFICIENT_DATA']);
  });

  it('with its actions disabled tells nobody', async () => {
    const { provide, put, evaluateAfter, cloudWatch, state } = await start();
    await provide('AWS::CloudWatch::Alarm', { ...twoOfThree, ActionsEnabled: false });
    put(0, 9);
    put(1, 9);
    evaluateAfter(2);
    expect(state()).toBe('ALARM');
    expect(cloudWatch.topics.notifications).toEqual([]);
  });

  it('over alarms follows them, whatever their order and however deep', async () => {
    const { provide, put, evaluateAfter, state } = await start();
    await provide('AWS::CloudWatch::CompositeAlarm', {
      AlarmName: 'a',
      AlarmRule: 'ALARM("b") AND NOT OK("b")',
    });
    await provide('AWS::CloudWatch::CompositeAlarm', {
      AlarmName: 'b',
      AlarmRule: 'ALARM("arn:aws:cloudwatch:us-east-1:000000000000:alarm:size")',
    });
    await provide('AWS::CloudWatch::Alarm', twoOfThree);
    evaluateAfter(0);
    expect([state('a'), state('b')]).toEqual(['OK', 'OK']);
    put(0, 9);
    put(1, 9);
    evaluateAfter(2);
    expect([state('a'), state('b')]).toEqual(['ALARM', 'ALARM']);
  });

  it('is evaluated by itself, each of its minutes', async () => {
    const { provide, cloudWatch } = await startCloudWatch({ timeScale: 300 });
    await provide('AWS::CloudWatch::Alarm', { ...twoOfThree, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    cloudWatch.metrics.record('Test', 'Size', { service: 'a' }, 9);
    await expect.poll(() => cloudWatch.alarms.find('size')?.state, { interval: 20 }).toBe('ALARM');
    await expect.poll(() => cloudWatch.alarms.find('size')?.state, { interval: 20 }).toBe('OK');
  });
});

describe('what is not played is refused with its name', () => {
  it.each([
    [
      'a statistic',
      'Alarm',
      { ...twoOfThree, Statistic: undefined, ExtendedStatistic: 'IQR' },
      'The statistic IQR',
    ],
    ['a short period', 'Alarm', { ...twoOfThree, Period: 10 }, 'Period'],
    [
      'an action that is no topic',
      'Alarm',
      { ...twoOfThree, AlarmActions: ['arn:aws:lambda:x'] },
      'AlarmActions',
    ],
    [
      'an anomaly band',
      'Alarm',
      { ...twoOfThree, ComparisonOperator: 'GreaterThanUpperThreshold' },
      'ComparisonOperator',
    ],
    ['no metric', 'Alarm', { ...twoOfThree, MetricName: undefined }, 'MetricName'],
    [
      'a function of metric math',
      'Alarm',
      { ...twoOfThree, Metrics: [{ Id: 'a', Expression: 'ANOMALY_DETECTION_BAND(m1)' }] },
      'Metrics: ',
    ],
    ['a suppressor', 'CompositeAlarm', { AlarmRule: 'TRUE', ActionsSuppressor: 'x' }, 'ActionsSuppressor'],
    ['a rule', 'CompositeAlarm', { AlarmRule: 'MAYBE(x)' }, 'AlarmRule'],
    ['a body', 'Dashboard', { DashboardBody: '{' }, 'DashboardBody'],
  ])('%s', async (_, type, properties, message) => {
    const { provide } = await start();
    const refused = provide(`AWS::CloudWatch::${type}`, properties, 'TheOne');
    await expect(refused).rejects.toThrow(UnsupportedError);
    await expect(refused).rejects.toThrow(/TheOne/);
    await expect(refused).rejects.toThrow(message);
  });
});
