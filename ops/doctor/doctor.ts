import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { CommonOptions } from '../command.ts';
import { findQueues } from '../deployment.ts';
import { OpsError } from '../explain.ts';
import { print, style, table } from '../output.ts';
import { Progress } from '../progress.ts';
import { alarmChecks } from './alarms.ts';
import { configurationChecks } from './configuration.ts';
import { deadLetterChecks } from './dead-letters.ts';
import { examine, type Finding, type Status } from './finding.ts';
import { quotaChecks } from './quotas.ts';

/** `doctor`: whether everything is deployed as it should be, and nothing is wrong right now. */
export async function doctor(options: CommonOptions): Promise<void> {
  const [sqs, dynamodb, lambda, eventBridge, cloudWatch] = [
    new SQSClient({}),
    new DynamoDBClient({}),
    new LambdaClient({}),
    new EventBridgeClient({}),
    new CloudWatchClient({}),
  ];
  const queues = await findQueues(sqs);
  if (queues.size === 0) throw new OpsError('No queue of Fanfare here: is it deployed in this region?');
  const checks = [
    ...(await configurationChecks({ sqs, dynamodb, lambda, eventBridge, queues })),
    ...deadLetterChecks(sqs, queues),
    ...alarmChecks(cloudWatch),
    ...quotaChecks(lambda, dynamodb),
  ];
  using progress = new Progress();
  let done = 0;
  const findings = await Promise.all(
    checks.map(async (check) => {
      const finding = await examine(check);
      progress.show(`${++done} of ${checks.length} checks`);
      return finding;
    }),
  );
  progress.show('');
  const isWell = !findings.some(({ status }) => status === 'problem');
  print(options, { isWell, findings }, () => describe(findings));
  if (!isWell) process.exitCode = 1;
}

const marks = {
  well: style('green', '✓'),
  warning: style('yellow', '!'),
  problem: style('red', '✗'),
  manual: style('cyan', '?'),
  unknown: style('dim', '-'),
} satisfies Record<Status, string>;

function describe(findings: Finding[]): string {
  const rows = findings.map(({ area, check, status, detail }, index) => [
    area === findings[index - 1]?.area ? '' : style('bold', area),
    marks[status],
    check,
    status === 'well' ? style('dim', detail) : detail,
  ]);
  return `${table(rows)}\n\n${summary(findings)}`;
}

function summary(findings: Finding[]): string {
  const names = {
    problem: ['problem', 'problems'],
    warning: ['warning', 'warnings'],
    well: ['well', 'well'],
    manual: ['to be checked by hand', 'to be checked by hand'],
    unknown: ['could not be read', 'could not be read'],
  } satisfies Record<Status, [string, string]>;
  const counted = Object.entries(names).flatMap(([status, [one, many]]) => {
    const number = findings.filter((finding) => finding.status === status).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  });
  return `${counted.join(', ')}.`;
}
