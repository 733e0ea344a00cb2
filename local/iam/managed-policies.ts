import type { PolicyDocument } from './policy.ts';

/** The actions of the AWS managed policies that CDK attaches by itself, all on every resource, by the name in their ARN. */
const actions: Record<string, string[]> = {
  'service-role/AWSLambdaBasicExecutionRole': [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ],
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs': [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:DescribeLogGroups',
    'logs:DescribeLogStreams',
    'logs:PutLogEvents',
    'logs:GetLogEvents',
    'logs:FilterLogEvents',
  ],
};

/** The document of an AWS managed policy; undefined for one that is not known here. */
export function managedPolicy(arn: string): PolicyDocument | undefined {
  const name = /^arn:[^:]*:iam::aws:policy\/(.+)$/.exec(arn)?.[1] ?? '';
  const allowed = Object.hasOwn(actions, name) ? actions[name] : undefined;
  return allowed && { Statement: [{ Effect: 'Allow', Action: allowed, Resource: ['*'] }] };
}
