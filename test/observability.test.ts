import { readFileSync } from 'node:fs';
import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { commonMetrics, metrics, namespace } from '#shared/observability/metrics.ts';
import { testCloud } from '#test/support/cloud.ts';
import {
  describeAlarms,
  type MetricKey,
  metricKey,
  metricsOfAlarm,
  metricsOfLine,
  type Widget,
  type WidgetRow,
  widgetsOf,
} from '#test/support/cloudwatch.ts';
import { letEverythingHappen } from '#test/support/everything.ts';
import { assemblyThatReachesLoopback, httpsReceiver } from '#test/support/https-receiver.ts';

const cloud = testCloud({ assembly: assemblyThatReachesLoopback() });
const receiver = httpsReceiver();

/** The metrics of the run's own lines. */
const emitted = new Set<MetricKey>();
/** Its other lines, by log group. */
const lines: { group: string; line: string }[] = [];
let alarms: (MetricAlarm | CompositeAlarm)[] = [];
let widgets: Widget[] = [];

beforeAll(async () => {
  cloud().logs.onLine((group, line) => {
    const keys = metricsOfLine(line);
    if (keys) for (const key of keys) emitted.add(key);
    else lines.push({ group, line });
  });
  await letEverythingHappen(cloud(), receiver());
  await vi.waitFor(() => expect(neverEmitted()).toEqual([]), { timeout: 20_000 });
  alarms = await describeAlarms(cloud());
  widgets = widgetsOf(cloud());
}, 180_000);

function neverEmitted(): string[] {
  const own = Object.entries(metrics).map(([name, { service }]) => metricKey(namespace, name, { service }));
  const common = Object.keys(commonMetrics).filter(
    (name) => ![...emitted].some((key) => key.startsWith(`${namespace} ${name} service=`)),
  );
  return [...own.filter((key) => !emitted.has(key)), ...common];
}

const graphed = () =>
  widgets.flatMap(({ rows }) =>
    rows.flatMap(({ metric }) => (metric ? metricKey(metric.namespace, metric.name, metric.dimensions) : [])),
  );
const alarmed = () => alarms.flatMap(metricsOfAlarm);
const isOurs = (key: MetricKey) => key.startsWith(`${namespace} `);

describe('a metric', () => {
  it('that an alarm or a widget refers to is emitted with exactly these dimensions', () => {
    const watched = [...graphed(), ...alarmed()].filter(isOurs);
    expect(watched.length).toBeGreaterThan(50);
    expect(watched.filter((key) => !emitted.has(key))).toEqual([]);
  });

  it('that is emitted is graphed or has an alarm', () => {
    const watched = new Set([...graphed(), ...alarmed()]);
    expect([...emitted].filter((key) => isOurs(key) && !watched.has(key))).toEqual([]);
  });

  it("of AWS's has the dimensions that its documentation gives", () => {
    const names = (key: MetricKey) => key.replaceAll(/=\S*/g, '');
    const watched = new Set([...graphed(), ...alarmed()].filter((key) => !isOurs(key)).map(names));
    expect([...watched].toSorted()).toEqual(documented.toSorted());
  });
});

/** "… metrics and dimensions" of each service's developer guide. */
const documented = [
  ...['Invocations', 'Errors', 'Throttles', 'Duration', 'IteratorAge', 'ConcurrentExecutions'].map(
    (name) => `AWS/Lambda ${name} FunctionName`,
  ),
  'AWS/Lambda ConcurrentExecutions',
  ...[
    'ApproximateAgeOfOldestMessage',
    'ApproximateNumberOfMessagesVisible',
    'NumberOfMessagesSent',
    'NumberOfMessagesReceived',
    'NumberOfMessagesDeleted',
    'NumberOfEmptyReceives',
  ].map((name) => `AWS/SQS ${name} QueueName`),
  ...[
    'ConsumedReadCapacityUnits',
    'ConsumedWriteCapacityUnits',
    'ReadThrottleEvents',
    'WriteThrottleEvents',
  ].map((name) => `AWS/DynamoDB ${name} TableName`),
  // Of WebSocket APIs, then of HTTP APIs.
  ...['IntegrationError', 'ExecutionError', 'ClientError', '4xx', '5xx'].map(
    (name) => `AWS/ApiGateway ${name} ApiId`,
  ),
  'AWS/Logs IncomingBytes LogGroupName',
];

describe('an alarm', () => {
  it('tells the topic, both when it goes off and when it ends', () => {
    const [topic] = cloud().deployment.find('AWS::SNS::Topic');
    expect(alarms.length).toBeGreaterThan(50);
    for (const { AlarmName, AlarmActions, OKActions } of alarms) {
      expect(AlarmActions, AlarmName).toEqual([topic?.ref]);
      expect(OKActions, AlarmName).toEqual([topic?.ref]);
    }
  });

  it('says what missing data mean', () => {
    for (const alarm of alarms) {
      if ('AlarmRule' in alarm) continue;
      expect(alarm.AlarmName).toMatch(/^fanfare-[a-z0-9-]+$/);
      expect(['notBreaching', 'ignore', 'breaching'], alarm.AlarmName).toContain(
        'TreatMissingData' in alarm && alarm.TreatMissingData,
      );
    }
  });

  it('is on the delivery dashboard', () => {
    const shown = widgets.flatMap((widget) => widget.alarms.map((arn) => arn.split(':').at(-1)));
    expect(shown.toSorted()).toEqual(alarms.map(({ AlarmName }) => AlarmName).toSorted());
  });

  it('watches each function, queue and table', () => {
    const watched = new Set(alarmed());
    const functions = cloud()
      .deployment.find('AWS::Lambda::Function')
      .map(({ ref }) => ref);
    for (const name of functions.filter((ref) => ref.startsWith('fanfare-')))
      for (const metric of ['Errors', 'Throttles', 'Duration'])
        expect(watched).toContain(metricKey('AWS/Lambda', metric, { FunctionName: name }));
    for (const { ref } of cloud().deployment.find('AWS::DynamoDB::GlobalTable'))
      expect(watched).toContain(metricKey('AWS/DynamoDB', 'WriteThrottleEvents', { TableName: ref }));

    const names = cloud()
      .queues.queues()
      .map(({ name }) => name);
    for (const name of names) {
      const deadLetters = name.endsWith('-dlq') ? name : `${name}-dlq`;
      expect(names).toContain(deadLetters);
      expect(watched).toContain(
        metricKey('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: deadLetters }),
      );
    }
  });
});

describe('the runbook', () => {
  const text = readFileSync('docs/runbook.md', 'utf8');
  const prose = text.replaceAll(/```[\s\S]*?```|`[^`]*`/g, '');
  const sections = text.split(/^## (?=fanfare-)/m).slice(1);
  const anchors = sections.map((section) => section.split('\n')[0]);

  it('has the section that each alarm links to, and no other', () => {
    const linked = alarms.map(
      ({ AlarmDescription }) => AlarmDescription?.match(/ docs\/runbook\.md#(\S+)$/)?.[1],
    );
    expect([...new Set(linked)].toSorted()).toEqual(anchors.toSorted());
  });

  it.each(sections.map((section, i) => [anchors[i], section]))(
    'describes, investigates and resolves %s',
    (_, section = '') => {
      const parts = section.split(/^### /m).slice(1);
      expect(parts.map((part) => part.split('\n')[0])).toEqual([
        'Description',
        'Investigation',
        'Resolution',
      ]);
      for (const part of parts) expect(part.length).toBeGreaterThan(60);
    },
  );

  it('names widgets, dashboards and queries that are there', () => {
    const there = [
      ...widgets.flatMap(({ title, dashboard }) => [title, dashboard]),
      ...[...cloud().cloudWatch.kept.queryDefinitions.values()].map(({ name }) => name),
    ];
    const named = [...prose.matchAll(/(?<![*\w])\*([^*\s][^*]*)\*(?!\*)/g)].map(([, name]) =>
      name?.replaceAll(/\s+/g, ' '),
    );
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((name) => !there.includes(name ?? ''))).toEqual([]);
  });

  it('names alarms, functions and queues that are there', () => {
    const there = [
      ...alarms.map(({ AlarmName }) => AlarmName),
      ...anchors,
      ...cloud()
        .deployment.find('AWS::Lambda::Function')
        .map(({ ref }) => ref),
      ...cloud()
        .queues.queues()
        .map(({ name }) => name),
    ];
    const named = [...text.matchAll(/fanfare-[a-z0-9]+(?:-[a-z0-9]+)*/g)].map(([name]) => name);
    expect(named.filter((name) => !there.includes(name))).toEqual([]);
  });
});

describe('a widget', () => {
  it('has expressions that CloudWatch can work out', () => {
    const end = Date.now() + 60_000;
    for (const { title, rows } of widgets) {
      for (const { expression = '' } of rows) expect(expression.length, title).toBeLessThanOrEqual(2_048);
      if (rows.length > 0) cloud().cloudWatch.query(rows.map(queryOf), end - 3_600_000, end);
    }
  });

  it('tells what a million deliveries cost', () => {
    const total = widgets.find(({ title }) => title === 'Over the time shown');
    const end = Date.now() + 60_000;
    const [series] = cloud().cloudWatch.query((total?.rows ?? []).map(queryOf), end - 3_600_000, end);
    const values = [...(series?.points.values() ?? [])];
    expect(values.length).toBeGreaterThan(0);
    // A post a delivery and no more would be one dollar; this run throttled and refused more than it delivered.
    for (const value of values) expect(value).toBeGreaterThan(1);
  });

  it('of logs looks for lines that its groups have', () => {
    const queries = widgets.flatMap(({ query }) => query ?? []);
    expect(queries.length).toBeGreaterThan(2);
    for (const query of queries) {
      const groups = [...query.matchAll(/SOURCE '([^']+)'/g)].map(([, group]) => group);
      const [, message] = query.match(/filter message = "([^"]+)"/) ?? [];
      const found = lines.filter(
        ({ group, line }) =>
          groups.includes(group) && (message === undefined || line.includes(`"message":"${message}"`)),
      );
      expect(found.length, query).toBeGreaterThan(0);
    }
  });
});

function queryOf({ metric, expression, id, label, stat, period, visible }: WidgetRow, index: number) {
  return {
    Id: id ?? `row${index}`,
    ...(label !== undefined && { Label: label }),
    ...(expression !== undefined && { Expression: expression, Period: period }),
    ...(metric && {
      MetricStat: {
        Metric: { Namespace: metric.namespace, MetricName: metric.name, Dimensions: metric.dimensions },
        Period: period,
        Stat: stat,
      },
    }),
    ReturnData: visible,
  };
}

it("the saved query tells a message's story by room and seq", () => {
  const [query] = [...cloud().cloudWatch.kept.queryDefinitions.values()];
  expect(query?.name).toBe('fanfare/story of a message');
  const [, room] = query?.queryString.match(/filter room = "(.+)"/) ?? [];
  const [, pattern = ''] = query?.queryString.match(/@message like \/(.+)\//) ?? [];
  expect(room).toBe('general');
  const story = lines.filter(
    ({ group, line }) =>
      query?.logGroupNames.includes(group) &&
      line.includes('"room":"lively"') &&
      new RegExp(pattern).test(line),
  );
  const told = new Set(story.map(({ line }) => JSON.parse(line).message));
  expect([...told].toSorted()).toEqual(['Delivered', 'Dispatched', 'Published', 'Written']);
});
