import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Cloud, startCloud } from '#local/cloud.ts';
import { evaluate } from '#local/iam/policy.ts';
import type { RoleGrant } from '#local/iam/roles.ts';
import { changedAssembly, propertiesOf } from '#test/support/changed-assembly.ts';
import { testCloud } from '#test/support/cloud.ts';
import { exerciseEveryFunction } from '#test/support/every-function.ts';
import { RawClient, UpgradeRefused } from '#test/support/raw-client.ts';
import { type TemplateResource, Templates } from '#test/support/templates.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Grants that nothing needs on a laptop, and why they are there. */
const neededOnAws = [
  { action: /^xray:/, why: 'Lambda sends traces as the role; nothing is traced here' },
  {
    action: /^sqs:(GetQueueUrl|GetQueueAttributes)$/,
    resource: /-dlq$/,
    why: 'the CDK grants a destination of failed batches with what finds the queue',
  },
  {
    action: /^sqs:(GetQueueUrl|ChangeMessageVisibility)$/,
    resource: /:fanfare-(deliveries|notifications|attachments|webhooks)$/,
    why: 'the CDK grants a consumer more than Lambda asks for',
  },
  {
    action: /^s3:ListBucket$/,
    why: 'to who may not list, S3 says that what is not there is forbidden',
  },
  {
    role: /CustomCDKBucketDeployment/,
    why: 'the CDK’s own function, in whose place the local cloud uploads',
  },
];

function isNeededOnAwsOnly({ role, action, resource }: RoleGrant): boolean {
  return neededOnAws.some(
    (needed) =>
      (needed.role?.test(role) ?? true) &&
      (needed.action?.test(action.text) ?? true) &&
      (needed.resource?.test(resource.text) ?? true),
  );
}

const statement = z.looseObject({
  Action: z.union([z.string().transform((one) => [one]), z.array(z.string())]),
});
const policyDocument = z.object({ Statement: z.array(statement) });

function actionsOf({ properties }: TemplateResource): string[] {
  const { Statement } = policyDocument.parse(properties.PolicyDocument);
  return [...new Set(Statement.flatMap(({ Action }) => Action))];
}

/** Whether some call of the laptop needs an action that a policy allows, by the rules of `neededOnAws`. */
function isNeededHere(policy: string, action: string): boolean {
  if (/^(xray:|sqs:GetQueueUrl$|sqs:ChangeMessageVisibility$|s3:ListBucket$)/.test(action)) return false;
  // Lambda asks for a queue's attributes where it polls; destinations are only written to.
  return (
    action !== 'sqs:GetQueueAttributes' ||
    /^(DeliveryDeliver|EventsNotify|EventsFilesAttachments|EventsWebhooks)/.test(policy)
  );
}

const grantedActions = new Templates()
  .ofType('AWS::IAM::Policy')
  .filter(({ id }) => !id.startsWith('CustomCDKBucketDeployment'))
  .flatMap((policy) =>
    actionsOf(policy).map((action): [string, string, TemplateResource] => [policy.id, action, policy]),
  )
  .filter(([policy, action]) => isNeededHere(policy, action));

describe('after each function has done all it can', () => {
  const cloud = testCloud();
  beforeAll(async () => exerciseEveryFunction(cloud()), 120_000);

  it('no call was denied', () => {
    expect(
      cloud()
        .roles.calls()
        .filter(({ decision }) => !decision.allowed),
    ).toEqual([]);
  });

  it('no grant is unused but those that only AWS needs', () => {
    const unused = cloud()
      .roles.unusedGrants()
      .filter((grant) => !isNeededOnAwsOnly(grant));
    expect(unused.map(({ role, action, resource }) => `${role}: ${action.text} on ${resource.text}`)).toEqual(
      [],
    );
  });

  it.each(grantedActions)('%s: without %s a call is denied', (_, action, policy) => {
    const { roles, deployment } = cloud();
    const deployed = deployment
      .find('AWS::IAM::Policy')
      .find(({ stack, logicalId }) => stack === policy.stack && logicalId === policy.id);
    const names = z.array(z.string()).parse(deployed?.properties.Roles);
    const grants = roles.grants().filter(({ role }) => names.includes(role));
    const calls = roles.calls().filter(({ roleArn }) => names.some((name) => roleArn.endsWith(`/${name}`)));

    const removed = grants.filter((grant) => grant.action.text === action && !isNeededOnAwsOnly(grant));
    expect(removed.length).toBeGreaterThan(0);
    for (const grant of removed) {
      const others = grants.filter((each) => each !== grant);
      const denied = calls.filter((call) => !evaluate(others, { ...call, context: {} }).allowed);
      expect(denied.length, `${action} on ${grant.resource.text}`).toBeGreaterThan(0);
    }
  });
});

describe('with a grant taken from the template', () => {
  const withoutPut = testCloud({ assembly: without('Connect', 'dynamodb:PutItem') });
  const withoutPosts = testCloud({ assembly: without('DeliveryDeliver', 'execute-api:ManageConnections') });

  it('a function whose call is denied fails', async () => {
    const log = linesOf(withoutPut(), '/fanfare/connect');
    await expect(RawClient.signIn(withoutPut(), 'alice')).rejects.toBeInstanceOf(UpgradeRefused);
    expect(log.join()).toMatch(
      /AccessDeniedException.*fanfare-connect is not authorized to perform: dynamodb:PutItem/,
    );
  });

  it('nothing is delivered without ManageConnections, and the log says why', async () => {
    const log = linesOf(withoutPosts(), '/fanfare/deliver');
    const alice = await RawClient.signIn(withoutPosts(), 'alice');
    await alice.subscribe('general');
    await alice.send('general', 'hello');
    await expect
      .poll(() => log.join())
      .toMatch(/fanfare-deliver is not authorized to perform: execute-api:ManageConnections/);
    await alice.ping();
    expect(alice.messages('general')).toEqual([]);
    alice.close();
  });

  it('a queue that the function’s role may not read is no source of its events', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-grants-'));
    folders.push(dataDir);
    const assembly = without('DeliveryDeliver', 'sqs:ReceiveMessage');
    await expect(startCloud({ assembly, port: 0, dataDir })).rejects.toThrow(
      /fanfare-deliver is not authorized to perform: sqs:ReceiveMessage/,
    );
  });
});

/** What the log group is written from now on. */
function linesOf({ logs }: Cloud, wanted: string): string[] {
  const lines: string[] = [];
  logs.onLine((group, line) => {
    if (group === wanted) lines.push(line);
  });
  return lines;
}

/** The app without one action of one policy. */
function without(policy: string, action: string): string {
  const folder = changedAssembly('FanfareRealtime', (resources) => {
    const properties = propertiesOf(resources, 'AWS::IAM::Policy', `${policy}Role`);
    const { Statement } = z.object({ Statement: z.array(statement) }).parse(properties.PolicyDocument);
    const kept = Statement.map((each) => ({
      ...each,
      Action: each.Action.filter((name) => name !== action),
    }));
    properties.PolicyDocument = { Statement: kept.filter(({ Action }) => Action.length > 0) };
  });
  folders.push(folder);
  return folder;
}
