import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  type IMetric,
  type IWidget,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { DataStack } from '../data.ts';
import type { EdgeStack } from '../edge.ts';
import type { Settings } from '../settings.ts';
import type { Alarms } from './alarms.ts';
import { costWidgets } from './cost-widgets.ts';
import type { Pipeline } from './delivery-alarms.ts';
import { aws, math, measured, measuredBy } from './metrics.ts';
import { tablesOf } from './platform-alarms.ts';
import type { ServiceFunction } from './service-function.ts';
import { columns, graph, logTable } from './widgets.ts';

export interface DeliveryDashboardProps {
  settings: Settings;
  alarms: Alarms;
  pipeline: Pipeline;
  functions: ServiceFunction[];
  data: DataStack;
  edge: EdgeStack;
}

/** "Fanfare: delivery": do messages arrive in time, which stage is slow, how near are the quotas, what does it cost. */
export class DeliveryDashboard extends Construct {
  constructor(scope: Construct, id: string, props: DeliveryDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      dashboardName: 'Fanfare-delivery',
      defaultInterval: Duration.hours(3),
      widgets: [
        isItWell(props),
        waterfall(props.settings),
        throughput(),
        failures(props.pipeline),
        saturation(props),
        refusals(props),
        longLived(props.settings),
        platform(props),
        costWidgets({ ...props, ...props.pipeline }),
        [
          logTable('Latest errors of every function', props.functions, [
            'fields @timestamp, service, message, error.message, room, xray_trace_id',
            'filter level in ["ERROR", "WARN"]',
            'sort @timestamp desc',
            'limit 50',
          ]),
        ],
      ],
    });
  }
}

function isItWell({ alarms, settings, pipeline }: DeliveryDashboardProps): IWidget[] {
  return [
    new TextWidget({
      width: 6,
      height: 5,
      markdown: [
        '# Fanfare: delivery',
        `Something red? Each alarm has its section in the [runbook](${settings.runbook}).`,
        '',
        'Written → **stream lag** → dispatch → **queue dwell** → deliver → **post** → everybody has it.',
      ].join('\n'),
    }),
    new AlarmStatusWidget({
      title: 'Is it well?',
      width: 12,
      height: 5,
      alarms: [alarms.degraded, ...alarms.all],
    }),
    new SingleValueWidget({
      title: 'Now',
      width: 6,
      height: 5,
      metrics: [
        measured('DeliveryLatency', 'p50', 'delivery p50 (ms)'),
        measured('DeliveryLatency', 'p99', 'delivery p99 (ms)'),
        measured('Sends', 'Sum', 'messages a minute'),
        measured('Deliveries', 'Sum', 'deliveries a minute'),
        aws.queue(
          pipeline.delivery.deliveries.queue,
          'ApproximateNumberOfMessagesVisible',
          'Maximum',
          'jobs waiting',
        ),
      ],
    }),
  ];
}

/** The stages one upon another: as high as a message waits in all. Percentiles add up about, not exactly. */
function waterfall({ thresholds }: Settings): IWidget[] {
  const stages = (statistic: string): IMetric[] => [
    measured('IngressLatency', statistic, 'ingress: received → written'),
    measured('StreamLag', statistic, 'stream lag: written → dispatched'),
    measured('QueueDwell', statistic, 'queue dwell: enqueued → picked up'),
    measured('PostDuration', statistic, 'post: picked up → last delivery'),
  ];
  const unit = 'ms';
  return [
    graph('Where the time goes: p50', stages('p50'), { unit, stacked: true }),
    graph('Where the time goes: p99', stages('p99'), { unit, stacked: true }),
    graph(
      'Delivery latency: written → last connection has it',
      [
        ...['p50', 'p90', 'p99', 'Maximum'].map((statistic) =>
          measured('DeliveryLatency', statistic, statistic),
        ),
        measured('RequeuedLatency', 'p50', 'p50 of those handed on'),
      ],
      { unit, limit: { value: thresholds.deliveryLatencyP99Ms, label: 'p99 alarm' } },
    ),
  ];
}

function throughput(): IWidget[] {
  const sums = (...names: Parameters<typeof measured>[0][]) => names.map((name) => measured(name));
  return [
    graph('Throughput', sums('Sends', 'Jobs', 'PublishedEvents'), { unit: 'a minute' }),
    graph('Fan-out', sums('Deliveries', 'Frames', 'Posts', 'ShardsGrown', 'ShardsShrunk'), {
      unit: 'a minute',
    }),
    graph(
      'Coalescing',
      [
        measured('MessagesPerFrame', 'Average', 'average'),
        measured('MessagesPerFrame', 'p90', 'p90'),
        measured('MessagesPerFrame', 'Maximum', 'most'),
      ],
      { unit: 'messages in a frame' },
    ),
  ];
}

function failures({ delivery, events, presence }: Pipeline): IWidget[] {
  return [
    graph(
      'Posts that did not go well',
      (['Retried', 'Throttled', 'Requeued', 'Undeliverable', 'StalePruned', 'StaleTyping'] as const).map(
        (name) => measured(name),
      ),
      { unit: 'a minute' },
    ),
    graph(
      'Work that failed',
      [measured('FailedJobs'), measured('RefusedEvents'), measured('FailedPresences')],
      { unit: 'a minute' },
    ),
    graph(
      'Dead letters',
      Object.entries({
        deliveries: delivery.deliveries.deadLetters,
        dispatch: delivery.failures,
        notifications: events.notifications.deadLetters,
        publish: events.failures,
        webhooks: events.webhooks.work.deadLetters,
        attachments: events.files.work.deadLetters,
        presence: presence.failures,
      }).map(([name, queue]) => aws.queue(queue, 'ApproximateNumberOfMessagesVisible', 'Maximum', name)),
      { unit: 'messages' },
    ),
    graph(
      'Files',
      (['Uploads', 'Downloads', 'FilesKept', 'FilesErased', 'FilesMissing', 'FailedFiles'] as const).map(
        (name) => measured(name),
      ),
      { unit: 'a minute' },
    ),
    graph(
      'Web Push',
      (['PushesSent', 'PushesFailed', 'PushSubscriptionsRemoved'] as const).map((name) => measured(name)),
      { unit: 'a minute' },
    ),
    graph(
      'Webhooks',
      (['WebhookPosts', 'WebhookRetries', 'WebhookFailures', 'WebhooksDisabled'] as const).map((name) =>
        measured(name),
      ),
      { unit: 'a minute' },
    ),
  ];
}

/** Quotas of a new account in us-east-1 ("Amazon API Gateway quotas", "Lambda quotas"): raise them before a launch. */
function saturation({ pipeline: { delivery, events, presence } }: DeliveryDashboardProps): IWidget[] {
  const width = columns / 4;
  return [
    graph(
      'API Gateway: posts and upgrades',
      [
        math('posts / PERIOD(posts)', { posts: measured('Posts') }, 'posts a second'),
        math(
          'opened / PERIOD(opened)',
          { opened: measured('ConnectionsOpened') },
          'upgrades a second (500 at most)',
        ),
      ],
      { unit: 'a second', width, limit: { value: 10_000, label: "the account's requests" } },
    ),
    graph(
      'Lambda: environments at once',
      [
        aws.functions('ConcurrentExecutions', 'Maximum', "all of the account's"),
        aws.function(delivery.deliver, 'ConcurrentExecutions', 'Maximum'),
      ],
      { unit: 'environments', width, limit: { value: 1_000, label: "the account's" } },
    ),
    graph(
      'Streams: age of the oldest record',
      [delivery.dispatch, events.publish, presence.presence].map((consumer) =>
        aws.function(consumer, 'IteratorAge', 'Maximum'),
      ),
      { unit: 'ms', width },
    ),
    graph(
      'Queues: age of the oldest message',
      Object.entries({
        deliveries: delivery.deliveries,
        notifications: events.notifications,
        webhooks: events.webhooks.work,
      }).map(([name, { queue }]) => aws.queue(queue, 'ApproximateAgeOfOldestMessage', 'Maximum', name)),
      { unit: 's', width },
    ),
  ];
}

/** The services of frames that are about one room. */
const inRooms = ['send-message', 'edit-message', 'delete-message', 'react', 'mark-read', 'typing'];

/** Which services refuse a frame with which code, or fail it. */
const refusers: [name: Parameters<typeof measuredBy>[1], services: string[]][] = [
  ['BadFrame', ['default']],
  ['UnknownAction', ['default']],
  ['InvalidFrame', [...inRooms, 'subscribe', 'unsubscribe', 'authenticate']],
  ['Unauthorized', ['authenticate']],
  ['NotMember', [...inRooms, 'subscribe']],
  ['Muted', ['send-message', 'edit-message', 'react', 'typing']],
  ['Archived', ['send-message', 'edit-message', 'delete-message', 'react', 'typing']],
  ['Forbidden', ['edit-message', 'delete-message']],
  ['MessageNotFound', ['edit-message', 'delete-message', 'react']],
  ['TooManyRooms', ['subscribe']],
  ['Unavailable', [...inRooms, 'subscribe', 'unsubscribe', 'authenticate']],
];

/** Cognito's triggers measure nothing. */
const triggers = ['pre-sign-up', 'post-authentication'];

function refusals({ functions }: DeliveryDashboardProps): IWidget[] {
  const unit = 'a minute';
  return [
    graph(
      'Frames refused',
      [
        ...refusers.flatMap(([name, services]) =>
          services.map((service) => measuredBy(service, name, `${name} (${service})`)),
        ),
        measured('RateLimited'),
      ],
      { unit },
    ),
    graph(
      'Upgrades refused or failed',
      (['RefusedNoToken', 'RefusedExpiredToken', 'RefusedForeignToken', 'AuthorizerFailures'] as const).map(
        (name) => measured(name),
      ),
      { unit },
    ),
    graph(
      'Cold starts',
      functions
        .filter(({ service }) => !triggers.includes(service))
        .map(({ service }) => measuredBy(service, 'ColdStarts', service)),
      { unit },
    ),
  ];
}

/** What the sweeper does each minute. */
function longLived({ thresholds }: Settings): IWidget[] {
  const width = columns / 2;
  return [
    graph(
      'Sockets whose time is over',
      (['ExpiredClosed', 'ReconnectsAsked', 'SweptStale', 'SweepFailures'] as const).map((name) =>
        measured(name),
      ),
      { unit: 'a minute', width },
    ),
    graph('Sweeper: how late it is', [measured('SweepDelay', 'Maximum')], {
      unit: 'ms',
      width,
      limit: { value: thresholds.sweepDelayMs, label: 'alarm' },
    }),
  ];
}

function platform({ functions, data, edge }: DeliveryDashboardProps): IWidget[] {
  const unit = 'a minute';
  const width = columns / 4;
  const tables = tablesOf(data);
  return [
    graph(
      'Functions: errors and throttles',
      [
        ...functions.map((fn) => aws.function(fn, 'Errors')),
        ...functions.map((fn) => aws.function(fn, 'Throttles')),
      ],
      { unit, width },
    ),
    graph(
      'Functions: duration p99',
      functions.map((fn) => aws.function(fn, 'Duration', 'p99')),
      { unit: 'ms', width },
    ),
    graph(
      'Tables: throttled requests',
      tables.flatMap(([name, table]) => [
        aws.table(table, 'ReadThrottleEvents', `${name}: reads`),
        aws.table(table, 'WriteThrottleEvents', `${name}: writes`),
      ]),
      { unit, width },
    ),
    graph(
      'APIs: errors',
      [
        aws.api(edge.webSocketApi, 'IntegrationError', 'WebSocket: failed integrations'),
        aws.api(edge.webSocketApi, 'ExecutionError', 'WebSocket: failed calls of them'),
        aws.api(edge.webSocketApi, 'ClientError', 'WebSocket: 4xx'),
        aws.api(edge.httpApi, '5xx', 'HTTP: 5xx'),
        aws.api(edge.httpApi, '4xx', 'HTTP: 4xx'),
      ],
      { unit, width },
    ),
  ];
}
