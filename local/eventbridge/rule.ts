import { z } from 'zod';
import { arn, physicalName } from '../aws.ts';
import { ignored, parseProperties, unsupported } from '../template/properties.ts';
import type { Resource } from '../template/provider.ts';
import { compileInput, inputProperties, type ToInput } from './input.ts';
import { eventPattern } from './properties.ts';
import { parseRate } from './schedule.ts';

/** Sends the events of one bus that match to its targets. */
export interface Rule {
  name: string;
  arn: string;
  busName: string;
  enabled: boolean;
  matches(event: unknown): boolean;
  /** Of a rule with a schedule: minutes between its runs. */
  everyMinutes: number | undefined;
  targets: Target[];
}

export interface Target {
  arn: string;
  kind: 'function' | 'queue' | 'bus';
  toInput: ToInput;
  messageGroupId?: string;
  deadLetterArn?: string;
  maxRetries: number;
  maxAgeSeconds: number;
}

/** Makes a rule of its CloudFormation resource. Throws UnsupportedError. */
export function toRule(resource: Resource): Rule {
  const properties = parseProperties(resource, ruleProperties);
  const { EventPattern: matches = () => false, ScheduleExpression: schedule } = properties;
  if (properties.EventPattern === undefined && schedule === undefined) {
    throw unsupported(resource, 'EventPattern', 'a rule needs a pattern or a schedule');
  }
  const name = properties.Name ?? physicalName(resource.stack, resource.logicalId);
  const busName = busNameOf(properties.EventBusName ?? 'default');
  const ruleArn = arn('events', busName === 'default' ? `rule/${name}` : `rule/${busName}/${name}`);
  return {
    name,
    arn: ruleArn,
    busName,
    enabled: properties.State !== 'DISABLED',
    matches,
    everyMinutes: schedule === undefined ? undefined : rateOf(resource, schedule, busName),
    targets: properties.Targets.map((target, index) => {
      try {
        return toTarget(target, { arn: ruleArn, name });
      } catch (error) {
        if (error instanceof RangeError) throw unsupported(resource, `Targets.${index}`, error.message);
        throw error;
      }
    }),
  };
}

function rateOf(resource: Resource, schedule: string, busName: string): number {
  // "Scheduled rules are supported only on the default event bus."
  if (busName !== 'default') throw unsupported(resource, 'ScheduleExpression', 'only of the default bus');
  try {
    return parseRate(schedule);
  } catch (error) {
    if (error instanceof RangeError) throw unsupported(resource, 'ScheduleExpression', error.message);
    throw error;
  }
}

/** A bus's name, given that or its ARN. */
export function busNameOf(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn.slice(nameOrArn.indexOf('/') + 1) : nameOrArn;
}

const targetProperties = z.strictObject({
  Id: z.string(),
  Arn: z.string(),
  ...inputProperties,
  SqsParameters: z.strictObject({ MessageGroupId: z.string() }).optional(),
  DeadLetterConfig: z.strictObject({ Arn: z.string().optional() }).optional(),
  RetryPolicy: z
    .strictObject({
      MaximumEventAgeInSeconds: z.number().int().min(60).max(86_400).optional(),
      MaximumRetryAttempts: z.number().int().min(0).max(185).optional(),
    })
    .optional(),
  RoleArn: ignored,
});

const ruleProperties = z.strictObject({
  Name: z.string().optional(),
  EventBusName: z.string().optional(),
  EventPattern: eventPattern.optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']).optional(),
  Targets: z.array(targetProperties).max(5).default([]),
  Description: ignored,
  RoleArn: ignored,
  Tags: ignored,
});

function toTarget(target: z.output<typeof targetProperties>, rule: { arn: string; name: string }): Target {
  const kind = kindOf(target.Arn);
  if (kind === 'bus' && (target.Input ?? target.InputPath ?? target.InputTransformer) !== undefined) {
    throw new RangeError('an event bus receives the event itself, not an Input');
  }
  return {
    arn: target.Arn,
    kind,
    toInput: compileInput(target, rule),
    ...(target.SqsParameters && { messageGroupId: target.SqsParameters.MessageGroupId }),
    ...(target.DeadLetterConfig?.Arn !== undefined && { deadLetterArn: target.DeadLetterConfig.Arn }),
    // AWS's defaults: 24 hours and 185 retries.
    maxRetries: target.RetryPolicy?.MaximumRetryAttempts ?? 185,
    maxAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
  };
}

function kindOf(targetArn: string): Target['kind'] {
  const [, , service, , , resource = ''] = targetArn.split(':');
  if (service === 'lambda') return 'function';
  if (service === 'sqs') return 'queue';
  if (service === 'events' && resource.startsWith('event-bus/')) return 'bus';
  throw new RangeError(
    `Arn ${targetArn} is no function, queue or event bus, the targets that are played locally`,
  );
}
