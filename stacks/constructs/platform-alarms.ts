import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { DataStack } from '../data.ts';
import type { EdgeStack } from '../edge.ts';
import type { Settings } from '../settings.ts';
import type { AlarmDefinition } from './alarms.ts';
import { aws, math, measuredBy } from './metrics.ts';
import type { ServiceFunction } from './service-function.ts';

export interface Platform {
  functions: ServiceFunction[];
  data: DataStack;
  edge: EdgeStack;
}

// Two minutes of three: what happens once is tried again by whoever called. And no value is no failure: each of these is
// reported only where something was called.
const persisting = { breaching: [2, 3], missing: TreatMissingData.NOT_BREACHING } as const;

/** Whether the parts that everything rests on work: APIs, functions and tables. */
export function platformAlarms(platform: Platform, { thresholds }: Settings): AlarmDefinition[] {
  return [
    ...apiAlarms(platform, thresholds),
    ...platform.functions.flatMap((fn) => functionAlarms(fn, thresholds)),
    ...tableAlarms(platform, thresholds),
  ];
}

function apiAlarms({ edge }: Platform, thresholds: Settings['thresholds']): AlarmDefinition[] {
  return [
    {
      name: 'frames-failed',
      means: "Clients' frames fail for a reason of ours: people cannot send or subscribe",
      metric: math(
        'FILL(send, 0) + FILL(edit, 0) + FILL(erase, 0) + FILL(react, 0) + FILL(read, 0) + FILL(typing, 0) + FILL(subscribe, 0) + FILL(unsubscribe, 0) + FILL(authenticate, 0)',
        {
          send: measuredBy('send-message', 'Unavailable'),
          edit: measuredBy('edit-message', 'Unavailable'),
          erase: measuredBy('delete-message', 'Unavailable'),
          react: measuredBy('react', 'Unavailable'),
          read: measuredBy('mark-read', 'Unavailable'),
          typing: measuredBy('typing', 'Unavailable'),
          subscribe: measuredBy('subscribe', 'Unavailable'),
          unsubscribe: measuredBy('unsubscribe', 'Unavailable'),
          authenticate: measuredBy('authenticate', 'Unavailable'),
        },
        'frames answered unavailable',
      ),
      threshold: thresholds.failedFrames,
      ...persisting,
      noticed: true,
    },
    {
      name: 'websocket-errors',
      means: 'Functions behind the WebSocket API fail: people cannot connect, send or subscribe',
      metric: aws.api(edge.webSocketApi, 'IntegrationError', 'failed integrations'),
      threshold: thresholds.apiErrors,
      ...persisting,
      noticed: true,
    },
    {
      name: 'http-errors',
      means: 'The HTTP API answers 5xx: rooms and history cannot be read',
      metric: aws.api(edge.httpApi, '5xx', '5xx'),
      threshold: thresholds.apiErrors,
      ...persisting,
    },
  ];
}

function functionAlarms(fn: ServiceFunction, thresholds: Settings['thresholds']): AlarmDefinition[] {
  const { service } = fn;
  const timeoutMs = fn.timeout?.toMilliseconds() ?? 0;
  const errors: AlarmDefinition = {
    name: `${service}-errors`,
    section: 'function-errors',
    means: `The function ${service} crashes or times out`,
    metric: aws.function(fn, 'Errors'),
    threshold: thresholds.functionErrors,
    ...persisting,
  };
  return [
    // The authorizer's errors are told apart from its refusals, by an alarm of its own.
    ...(service === 'authorize' ? [] : [errors]),
    {
      name: `${service}-throttles`,
      section: 'function-throttles',
      means: `Lambda has no room for ${service}: the account's concurrency is used up`,
      metric: aws.function(fn, 'Throttles'),
      threshold: thresholds.functionThrottles,
      ...persisting,
    },
    {
      name: `${service}-duration`,
      section: 'function-duration',
      means: `The function ${service} comes near its timeout of ${timeoutMs / 1000} s`,
      metric: aws.function(fn, 'Duration', 'p99'),
      threshold: timeoutMs * thresholds.durationShare,
      ...persisting,
    },
  ];
}

function tableAlarms({ data }: Platform, thresholds: Settings['thresholds']): AlarmDefinition[] {
  return tablesOf(data).map(([name, table]) => ({
    name: `table-${name}-throttled`,
    section: 'table-throttled',
    means: `DynamoDB throttles the table of ${name}: one key is too hot, or the table grew too fast`,
    metric: math(
      'FILL(reads, 0) + FILL(writes, 0)',
      {
        reads: aws.table(table, 'ReadThrottleEvents', 'throttled reads'),
        writes: aws.table(table, 'WriteThrottleEvents', 'throttled writes'),
      },
      'throttled requests',
    ),
    threshold: thresholds.tableThrottles,
    ...persisting,
  }));
}

export function tablesOf({ rooms, messages, connections, people }: DataStack) {
  return Object.entries({ rooms, messages, connections, people });
}
