import { expect, it } from 'vitest';
import { operator } from '#local/credentials.ts';
import { UnsupportedError } from '#local/template/provider.ts';
import { Roles } from './roles.ts';

const queue = 'arn:aws:sqs:us-east-1:000000000000:jobs';

async function create(roles: Roles, type: string, properties: Record<string, unknown>, logicalId = 'Thing') {
  const created = await roles.providers[type]?.({ stack: 'Chat', logicalId, type, properties, metadata: {} });
  if (!created) throw new Error(`No provider of ${type}`);
  return created;
}

function allowing(Action: string | string[], Resource: string | string[] = queue) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] };
}

it('holds a role to its inline, attached and managed policies', async () => {
  const roles = new Roles();
  const shared = await create(roles, 'AWS::IAM::ManagedPolicy', {
    PolicyDocument: allowing('sqs:PurgeQueue'),
  });
  const role = await create(roles, 'AWS::IAM::Role', {
    RoleName: 'deliver',
    AssumeRolePolicyDocument: {},
    Policies: [{ PolicyName: 'inline', PolicyDocument: allowing('sqs:ReceiveMessage') }],
    ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole', shared.ref],
  });
  expect(role.attributes?.Arn).toBe('arn:aws:iam::000000000000:role/deliver');
  const policy = { PolicyName: 'p', Roles: ['deliver'], PolicyDocument: allowing('sqs:SendMessage') };

  const may = (action: string) => roles.allows(role.attributes?.Arn ?? '', action, queue).allowed;
  expect(['sqs:ReceiveMessage', 'sqs:PurgeQueue', 'logs:PutLogEvents', 'sqs:SendMessage'].map(may)).toEqual([
    true,
    true,
    true,
    false,
  ]);
  await create(roles, 'AWS::IAM::Policy', policy);
  expect(may('sqs:SendMessage')).toBe(true);
});

it('denies in the words of AWS', async () => {
  const roles = new Roles();
  const role = await create(roles, 'AWS::IAM::Role', {
    RoleName: 'deliver',
    Policies: [
      {
        PolicyName: 'never',
        PolicyDocument: { Statement: { Effect: 'Deny', Action: 'sqs:DeleteQueue', Resource: '*' } },
      },
    ],
  });
  const principal = { functionName: 'fanfare-deliver', roleArn: role.attributes?.Arn ?? '' };
  expect(roles.authorize(principal, { action: 'sqs:SendMessage', resource: queue })).toBe(
    `User: arn:aws:sts::000000000000:assumed-role/deliver/fanfare-deliver is not authorized to perform: sqs:SendMessage on resource: ${queue} because no identity-based policy allows the sqs:SendMessage action`,
  );
  expect(roles.authorize(principal, { action: 'sqs:DeleteQueue', resource: queue })).toMatch(
    /with an explicit deny in an identity-based policy$/,
  );
});

it('lets the operator do everything, and a role that no template has nothing', () => {
  const roles = new Roles();
  const permission = { action: 'sqs:SendMessage', resource: queue };
  expect(roles.authorize(operator, permission)).toBeUndefined();
  expect(roles.authorize({ functionName: 'f', roleArn: 'arn:aws:iam::1:role/other' }, permission)).toContain(
    'not authorized',
  );
});

it('reports what was granted and never used', async () => {
  const roles = new Roles();
  const role = await create(roles, 'AWS::IAM::Role', {
    RoleName: 'deliver',
    Policies: [
      { PolicyName: 'own', PolicyDocument: allowing(['sqs:SendMessage', 'sqs:PurgeQueue'], ['*:jobs', 'x']) },
    ],
    ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
  });
  for (let times = 0; times < 3; times++) roles.allows(role.attributes?.Arn ?? '', 'sqs:SendMessage', queue);
  roles.allows(role.attributes?.Arn ?? '', 'sqs:DeleteQueue', queue);

  const unused = roles.unusedGrants().map(({ action, resource }) => `${action.text} ${resource.text}`);
  expect(unused).toEqual(['sqs:SendMessage x', 'sqs:PurgeQueue *:jobs', 'sqs:PurgeQueue x']);
  expect(roles.grants().find(({ uses }) => uses > 0)).toMatchObject({ role: 'deliver', uses: 3 });
  expect(roles.calls().map(({ action, decision }) => [action, decision.allowed])).toEqual([
    ['sqs:SendMessage', true],
    ['sqs:DeleteQueue', false],
  ]);
});

it('refuses what it does not play by resource and name', async () => {
  const roles = new Roles();
  const refused = async (properties: Record<string, unknown>) => {
    const error = await create(roles, 'AWS::IAM::Role', properties).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnsupportedError);
    return String(error);
  };
  expect(await refused({ PermissionsBoundary: 'arn:aws:iam::aws:policy/X' })).toMatch(
    /Thing .*PermissionsBoundary/,
  );
  expect(await refused({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/PowerUserAccess'] })).toMatch(
    /Thing .*PowerUserAccess/,
  );
  const conditional = allowing('dynamodb:GetItem');
  const Statement = conditional.Statement.map((statement) => ({
    ...statement,
    Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['a'] } },
  }));
  expect(await refused({ Policies: [{ PolicyName: 'p', PolicyDocument: { Statement } }] })).toMatch(
    /Thing .*ForAllValues:StringEquals/,
  );
});
