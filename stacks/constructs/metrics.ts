import { Duration } from 'aws-cdk-lib';
import type { IApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { type commonMetrics, metrics, namespace } from '#shared/observability/metrics.ts';
import type { ServiceFunction } from './service-function.ts';

const period = Duration.minutes(1);

/** A metric of our own, a value a minute. Its dimension is the one that Powertools gives to each: without it or with another it is empty. */
export function measured(name: keyof typeof metrics, statistic = 'Sum', label: string = name): Metric {
  const { service } = metrics[name];
  return new Metric({
    namespace,
    metricName: name,
    dimensionsMap: { service },
    statistic,
    period,
    label,
  });
}

/** One that several services emit, of one of them. */
export function measuredBy(service: string, name: keyof typeof commonMetrics, label: string = name): Metric {
  return new Metric({
    namespace,
    metricName: name,
    dimensionsMap: { service },
    statistic: 'Sum',
    period,
    label,
  });
}

/** Metrics of AWS's own, with the dimensions that its documentation gives ("… metrics" of each service's guide). */
export const aws = {
  function: ({ functionName, service }: ServiceFunction, metricName: string, statistic = 'Sum') =>
    metric('AWS/Lambda', metricName, statistic, { FunctionName: functionName }, service),
  /** Of the account's functions together. */
  functions: (metricName: string, statistic: string, label: string) =>
    metric('AWS/Lambda', metricName, statistic, {}, label),
  queue: ({ queueName }: IQueue, metricName: string, statistic: string, label: string) =>
    metric('AWS/SQS', metricName, statistic, { QueueName: queueName }, label),
  table: ({ tableName }: ITable, metricName: string, label: string) =>
    metric('AWS/DynamoDB', metricName, 'Sum', { TableName: tableName }, label),
  api: ({ apiId }: IApi, metricName: string, label: string) =>
    metric('AWS/ApiGateway', metricName, 'Sum', { ApiId: apiId }, label),
  logs: ({ logGroupName }: ILogGroup, label: string) =>
    metric('AWS/Logs', 'IncomingBytes', 'Sum', { LogGroupName: logGroupName }, label),
};

/** What metrics come to, by CloudWatch's metric math; the names in it are the keys of `using`. */
export function math(
  expression: string,
  using: Record<string, Metric | MathExpression>,
  label: string,
  each = period,
): MathExpression {
  const usingMetrics = Object.fromEntries(
    Object.entries(using).map(([id, metric]) => [id, metric.with({ period: each })]),
  );
  return new MathExpression({ expression, usingMetrics, label, period: each });
}

function metric(
  of: string,
  metricName: string,
  statistic: string,
  dimensionsMap: Record<string, string>,
  label: string,
): Metric {
  return new Metric({ namespace: of, metricName, dimensionsMap, statistic, period, label });
}
