import { Duration } from 'aws-cdk-lib';
import type { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { prices } from '#shared/cost/prices.ts';
import type { DataStack } from '../data.ts';
import type { Delivery } from './delivery.ts';
import type { Events } from './events.ts';
import { aws, math, measured } from './metrics.ts';
import { tablesOf } from './platform-alarms.ts';
import type { ServiceFunction } from './service-function.ts';

export interface Costly {
  functions: ServiceFunction[];
  data: DataStack;
  delivery: Delivery;
  events: Events;
}

/** A part of what a run costs, in millionths of a dollar: divided by deliveries it is dollars a million deliveries. */
export interface CostPart {
  id: string;
  label: string;
  cost: MathExpression;
}

const fiveMinutes = Duration.minutes(5);

/** A count of something that costs `dollars` each. */
interface Charge {
  id: string;
  metric: Metric;
  dollars: number;
}

/**
 * What deliveries cost, part by part, from AWS's own counters and ours. Left out is what does not grow with messages:
 * open sockets (a quarter of a dollar a million minutes), storage, alarms and dashboards.
 */
export function costParts({ functions, data, delivery, events }: Costly): CostPart[] {
  return [
    part('frames', 'frames (API Gateway)', [
      { id: 'posts', metric: measured('Posts'), dollars: prices.webSocketMessage.dollars },
      // A client's frame and its reply.
      ...invocationsOf(functions.filter(answersFrames), 2 * prices.webSocketMessage.dollars, 'frames'),
    ]),
    part('lambda', 'functions (Lambda)', [
      ...invocationsOf(functions, prices.lambdaRequest.dollars, 'calls'),
      ...functions.map((fn) => ({
        id: idOf('duration', fn),
        metric: aws.function(fn, 'Duration'),
        dollars: ((fn.memorySize / 1024) * prices.lambdaGbSecond.dollars) / 1000,
      })),
    ]),
    part('queues', 'queues (SQS), at most', queueCharges({ delivery, events })),
    part('tables', 'tables (DynamoDB)', tableCharges(data)),
    part('bus', 'events (EventBridge)', [
      { id: 'published', metric: measured('PublishedEvents'), dollars: prices.event.dollars },
    ]),
    part(
      'logs',
      'logs (CloudWatch)',
      functions.map((fn) => ({
        id: idOf('logged', fn),
        metric: aws.logs(fn.logs, fn.service),
        dollars: prices.logGigabyte.dollars / 1e9,
      })),
    ),
  ];
}

function part(id: string, label: string, charges: Charge[]): CostPart {
  const byPrice = [...Map.groupBy(charges, ({ dollars }) => dollars)].map(([dollars, equal]) => {
    const count = equal.map((charge) => `FILL(${charge.id}, 0)`).join(' + ');
    return `(${count}) * ${microdollars(dollars)}`;
  });
  const using = Object.fromEntries(charges.map((charge) => [charge.id, charge.metric]));
  return { id, label, cost: math(byPrice.join(' + '), using, label, fiveMinutes) };
}

/** Metric math is not documented to read exponents. */
function microdollars(dollars: number): string {
  return (dollars * 1e6).toFixed(9).replace(/\.?0+$/, '');
}

function invocationsOf(functions: ServiceFunction[], dollars: number, prefix: string): Charge[] {
  return functions.map((fn) => ({ id: idOf(prefix, fn), metric: aws.function(fn, 'Invocations'), dollars }));
}

/** Each message is sent, received and deleted; those that share a batch share a request. */
function queueCharges({ delivery, events }: Pick<Costly, 'delivery' | 'events'>): Charge[] {
  const counters = ['Sent', 'Received', 'Deleted'].map((what) => `NumberOfMessages${what}`);
  const queues = Object.entries({ deliveries: delivery.deliveries, notifications: events.notifications });
  return queues.flatMap(([name, { queue }]) =>
    [...counters, 'NumberOfEmptyReceives'].map((counter) => ({
      id: `${name}_${counter}`,
      metric: aws.queue(queue, counter, 'Sum', `${counter} ${name}`),
      dollars: prices.sqsRequest.dollars,
    })),
  );
}

function tableCharges(data: DataStack): Charge[] {
  return tablesOf(data).flatMap(([name, table]) => [
    {
      id: `written_${name}`,
      metric: aws.table(table, 'ConsumedWriteCapacityUnits', `written ${name}`),
      dollars: prices.dynamoDbWrite.dollars,
    },
    {
      id: `read_${name}`,
      metric: aws.table(table, 'ConsumedReadCapacityUnits', `read ${name}`),
      dollars: prices.dynamoDbRead.dollars,
    },
  ]);
}

function answersFrames({ service }: ServiceFunction): boolean {
  return ['send-message', 'subscribe', 'unsubscribe', 'default'].includes(service);
}

/** What names a function's metric in an expression. */
function idOf(prefix: string, { service }: ServiceFunction): string {
  return `${prefix}_${service.replaceAll('-', '_')}`;
}
