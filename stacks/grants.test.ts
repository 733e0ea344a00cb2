import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type TemplateResource, Templates } from '#test/support/templates.ts';

const templates = new Templates();

const oneOrMany = <Item extends z.ZodType>(item: Item) =>
  z.union([z.array(item), item.transform((one) => [one])]);
const statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMany(z.string()),
  Resource: oneOrMany(z.unknown()).default([]),
});
type Statement = z.infer<typeof statement>;

const policies = templates.ofType('AWS::IAM::Policy');
/** Of the function that the CDK brings to upload the page: it is written there, and acts at deployments alone. */
const ours = policies.filter(({ id }) => !id.startsWith('CustomCDKBucketDeployment'));

function statementsOf(policy: TemplateResource): Statement[] {
  const document = z.object({ Statement: z.array(statement) }).parse(policy.properties.PolicyDocument);
  return document.Statement;
}

/** X-Ray's two actions know no resources ("Actions, resources, and condition keys for AWS X-Ray"). */
const withoutResources = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];

/** Resources that are many by their nature, as the last part of an ARN. */
const many = [
  /\/ws\/\*\/@connections\/\*$/, // The stage's connections.
  /^\?\/\*$/, // A bucket's files.
];

describe.each(ours.map((policy): [string, TemplateResource] => [policy.id, policy]))('%s', (_, policy) => {
  it.each(statementsOf(policy).map((each): [string, Statement] => [each.Action.join(', '), each]))(
    'allows %s by name, on resources by name',
    (_actions, { Effect, Action, Resource }) => {
      expect(Effect).toBe('Allow');
      for (const action of Action) expect(action).not.toContain('*');
      expect(Resource.length).toBeGreaterThan(0);
      if (Action.every((action) => withoutResources.includes(action))) return;
      for (const resource of Resource) {
        const arn = textOf(resource);
        if (arn.includes('*'))
          expect(
            many.some((pattern) => pattern.test(arn)),
            arn,
          ).toBe(true);
      }
    },
  );
});

it('no role has a managed policy but the one under which API Gateway logs', () => {
  const managed = templates
    .ofType('AWS::IAM::Role')
    .filter(({ id }) => !id.startsWith('CustomCDKBucketDeployment'))
    .map(({ properties }) => JSON.stringify(properties.ManagedPolicyArns ?? []))
    .flatMap((arns) => [...arns.matchAll(/policy\/([\w/-]+)/g)].map(([, name]) => name));
  expect([...new Set(managed)].toSorted()).toEqual(['service-role/AmazonAPIGatewayPushToCloudWatchLogs']);
});

/** Who may what, less what logs, tracing and polling need: to be read when it changes. */
it('grants each function what it does', () => {
  const grants = Object.fromEntries(
    templates
      .ofType('AWS::Lambda::Function')
      .filter(({ properties }) => typeof properties.FunctionName === 'string')
      .map((fn) => [fn.properties.FunctionName, actionsOf(fn)]),
  );
  expect(grants).toEqual({
    'fanfare-api': [
      'dynamodb:BatchGetItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      's3:GetObject',
      's3:PutObject',
      's3:PutObjectTagging',
    ],
    'fanfare-attachments': ['s3:DeleteObject', 's3:DeleteObjectTagging', 's3:ListBucket'],
    'fanfare-authenticate': ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    'fanfare-authorize': [],
    'fanfare-connect': ['dynamodb:PutItem'],
    'fanfare-default': [],
    'fanfare-delete-message': ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
    'fanfare-deliver': [
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'execute-api:ManageConnections',
      'sqs:SendMessage',
    ],
    'fanfare-disconnect': ['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem'],
    'fanfare-dispatch': ['sqs:SendMessage'],
    'fanfare-edit-message': ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
    'fanfare-mark-read': ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'],
    'fanfare-notify': ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    'fanfare-post-authentication': [
      'dynamodb:BatchGetItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ],
    'fanfare-presence': [
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'sqs:SendMessage',
    ],
    'fanfare-publish': ['events:PutEvents', 'sqs:SendMessage'],
    'fanfare-react': ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
    'fanfare-send-message': ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    'fanfare-subscribe': [
      'dynamodb:BatchGetItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
    'fanfare-sweep': [
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'execute-api:ManageConnections',
    ],
    'fanfare-typing': ['dynamodb:BatchGetItem', 'sqs:SendMessage'],
    'fanfare-unsubscribe': ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'],
    'fanfare-webhooks': ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem', 'sqs:SendMessage'],
  });
});

/** What every function needs, and what whoever is fed by a stream or a queue is granted by the CDK. */
const common =
  /^(xray:|logs:(CreateLogStream|PutLogEvents)|dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)|sqs:(GetQueue|ReceiveMessage|DeleteMessage|ChangeMessageVisibility))/;

function actionsOf(fn: TemplateResource): string[] {
  const role = templates.referred(fn, fn.properties.Role);
  const granted = policies
    .filter((policy) =>
      z
        .array(z.unknown())
        .parse(policy.properties.Roles)
        .some((each) => templates.referred(policy, each) === role),
    )
    .flatMap(statementsOf)
    .flatMap(({ Action }) => Action);
  return [...new Set(granted)].filter((action) => !common.test(action)).toSorted();
}

/** An ARN with its intrinsic functions as `?`. */
function textOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const joined = z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) }).safeParse(resource);
  return joined.success ? joined.data['Fn::Join'][1].map(textOf).join('') : '?';
}
