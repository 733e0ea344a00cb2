import { rmSync } from 'node:fs';
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changedAssembly } from '#test/support/changed-assembly.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { region } from '../aws.ts';
import { operator } from '../credentials.ts';

/** The app with an alarm that goes off at any message. */
const assembly = changedAssembly('FanfareRealtime', (resources) => {
  resources.TestTopic = { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'test-topic' } };
  resources.TestAlarm = {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: 'test-any-message',
      Namespace: 'Fanfare',
      MetricName: 'DeliveryLatency',
      Dimensions: [{ Name: 'service', Value: 'deliver' }],
      ExtendedStatistic: 'p99',
      Period: 60,
      EvaluationPeriods: 2,
      DatapointsToAlarm: 1,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: [{ Ref: 'TestTopic' }],
    },
  };
});

const cloud = testCloud({ assembly, cloudWatch: { timeScale: 60 } });
let client: CloudWatchClient;
const begun = new Date(Date.now() - 60_000);

beforeAll(() => {
  const { cloudWatch, credentials } = cloud();
  client = new CloudWatchClient({
    endpoint: cloudWatch.url,
    region,
    credentials: credentials.issue(operator),
  });
});
afterAll(() => {
  client.destroy();
  rmSync(assembly, { recursive: true, force: true });
});

/** The values of each minute since the test began, oldest first. */
async function valuesOf(
  Namespace: string,
  MetricName: string,
  dimensions: Record<string, string>,
  Stat: string,
): Promise<number[]> {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const answer = await client.send(
    new GetMetricDataCommand({
      StartTime: begun,
      EndTime: new Date(Date.now() + 60_000),
      ScanBy: 'TimestampAscending',
      MetricDataQueries: [
        { Id: 'm1', MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 60, Stat } },
      ],
    }),
  );
  return answer.MetricDataResults?.[0]?.Values ?? [];
}

const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);

async function stateOf(AlarmName: string): Promise<string | undefined> {
  const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
  return MetricAlarms[0]?.StateValue;
}

describe('a message that is sent', () => {
  it('sets an alarm off and is seen in the metrics of every part that it passed', async () => {
    const alice = await RawClient.signIn(cloud(), 'alice');
    await alice.subscribe('general');
    await alice.send('general', 'hello');
    await alice.received('general', 1);

    await expect.poll(() => stateOf('test-any-message'), { interval: 100 }).toBe('ALARM');
    const { notifications } = cloud().cloudWatch.topics;
    expect(notifications.filter(({ topicArn }) => topicArn.endsWith(':test-topic'))).toMatchObject([
      { subject: 'ALARM: "test-any-message"' },
    ]);
    await expect.poll(() => stateOf('test-any-message'), { interval: 100 }).toBe('OK');

    const [latency = 0] = await valuesOf('Fanfare', 'DeliveryLatency', { service: 'deliver' }, 'p99');
    expect(latency).toBeGreaterThan(0);
    expect(total(await valuesOf('Fanfare', 'Sends', { service: 'send-message' }, 'Sum'))).toBe(1);

    const deliver = { FunctionName: 'fanfare-deliver' };
    expect(total(await valuesOf('AWS/Lambda', 'Invocations', deliver, 'Sum'))).toBeGreaterThan(0);
    expect(total(await valuesOf('AWS/Lambda', 'Errors', deliver, 'Sum'))).toBe(0);
    expect(
      Math.max(...(await valuesOf('AWS/Lambda', 'ConcurrentExecutions', {}, 'Maximum'))),
    ).toBeGreaterThan(0);
    const dispatch = { FunctionName: 'fanfare-dispatch' };
    expect(await valuesOf('AWS/Lambda', 'IteratorAge', dispatch, 'Maximum')).not.toEqual([]);

    // The message's; of the sign-in the room's and the person's own feed's; and that somebody is online, if the room had
    // them by then. Each is sent, received and deleted once.
    const QueueName = 'fanfare-deliveries';
    const counts = async () => {
      const names = ['NumberOfMessagesSent', 'NumberOfMessagesReceived', 'NumberOfMessagesDeleted'];
      const values = names.map((name) => valuesOf('AWS/SQS', name, { QueueName }, 'Sum'));
      return (await Promise.all(values)).map(total);
    };
    await expect.poll(counts).toSatisfy(([sent = 0, ...others]: number[]) => {
      return (sent === 3 || sent === 4) && others.every((count) => count === sent);
    });
    const depth = await valuesOf('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName }, 'Maximum');
    expect(depth.at(-1)).toBe(0);
    expect(await valuesOf('AWS/SQS', 'ApproximateAgeOfOldestMessage', { QueueName }, 'Maximum')).not.toEqual(
      [],
    );

    const [webSocketApi] = cloud().gateway.connections();
    const ApiId = webSocketApi?.apiId ?? '';
    const ofApi: Record<string, string>[] = [{ ApiId }, { ApiId, Stage: 'ws' }];
    for (const dimensions of ofApi) {
      expect(total(await valuesOf('AWS/ApiGateway', 'ConnectCount', dimensions, 'Sum'))).toBe(1);
      // Two frames and their answers, the message itself, and that she is online, if that was told after she subscribed.
      expect([5, 6]).toContain(total(await valuesOf('AWS/ApiGateway', 'MessageCount', dimensions, 'Sum')));
      expect(total(await valuesOf('AWS/ApiGateway', 'ClientError', dimensions, 'Sum'))).toBe(0);
    }

    const table = cloud()
      .deployment.find('AWS::DynamoDB::GlobalTable')
      .find(({ logicalId }) => logicalId.startsWith('Messages'));
    const TableName = table?.ref ?? '';
    const consumed = await valuesOf('AWS/DynamoDB', 'ConsumedWriteCapacityUnits', { TableName }, 'Sum');
    // One item of less than 1 KB, in a transaction: twice one unit.
    expect(total(consumed)).toBe(2);
    const queried = { TableName, Operation: 'TransactWriteItems' };
    expect(total(await valuesOf('AWS/DynamoDB', 'SuccessfulRequestLatency', queried, 'SampleCount'))).toBe(1);

    const LogGroupName = '/fanfare/deliver';
    expect(total(await valuesOf('AWS/Logs', 'IncomingBytes', { LogGroupName }, 'Sum'))).toBeGreaterThan(0);
  });
});
