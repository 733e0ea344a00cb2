import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { arn, region } from '#local/aws.ts';
import { type AccessKey, Credentials } from '#local/credentials.ts';
import { type DynamoDb, startDynamoDb } from '#local/engines/dynamodb.ts';
import { type Fauxqs, startFauxqs } from '#local/engines/fauxqs.ts';
import { EventBridge } from '#local/eventbridge/eventbridge.ts';
import { Gateway } from '#local/gateway/gateway.ts';
import type { Providers } from '#local/template/provider.ts';
import { Roles } from './roles.ts';

/*
 * What a function sees that may do one thing of each service, on one resource: real SDK clients, real wire.
 */

const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-iam-'));
const roles = new Roles();
const credentials = new Credentials();
const access = { credentials, authorize: roles.authorize };
const unused = () => Promise.reject(new Error('Nothing is invoked here'));
const invoker = { invoke: unused, invokeAsync: unused };
let dynamodb: DynamoDb;
let queues: Fauxqs;
let events: EventBridge;
let gateway: Gateway;
let key: AccessKey;
let mine: string;
let other: string;

beforeAll(async () => {
  const onWarning = (line: string) => console.warn(line);
  dynamodb = await startDynamoDb({ dataDir, ...access, onWarning });
  queues = await startFauxqs({ dataDir, ...access, assetPath: () => '' });
  events = await EventBridge.start({ invoker, ...access, dataDir, sendToQueue: unused });
  gateway = await Gateway.start({
    invoker,
    ...access,
    publicUrl: 'http://localhost',
    rewrite: () => {},
    serveObject: async () => false,
    accessLog: () => {},
  });
  await provide(dynamodb.providers, 'AWS::DynamoDB::Table', {
    TableName: 'mine',
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  });
  mine = await provide(queues.providers, 'AWS::SQS::Queue', { QueueName: 'mine' });
  other = await provide(queues.providers, 'AWS::SQS::Queue', { QueueName: 'other' });
  await provide(queues.providers, 'AWS::S3::Bucket', { BucketName: 'page' });
  await provide(events.providers, 'AWS::Events::EventBus', { Name: 'mine' });
  const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource });
  const Statement = [
    allow('dynamodb:PutItem', arn('dynamodb', 'table/mine')),
    allow('sqs:SendMessage', arn('sqs', 'mine')),
    allow('s3:PutObject', 'arn:aws:s3:::page/up/*'),
    allow('events:PutEvents', arn('events', 'event-bus/mine')),
    allow('execute-api:ManageConnections', arn('execute-api', 'api/ws/POST/@connections/*')),
  ];
  const role = await provide(roles.providers, 'AWS::IAM::Role', {
    RoleName: 'narrow',
    Policies: [{ PolicyName: 'all', PolicyDocument: { Statement } }],
  });
  key = credentials.issue({ functionName: 'fn', roleArn: arn('iam', `role/${role}`) });
});

afterAll(async () => {
  await Promise.all([dynamodb.stop(), queues.stop(), events.stop(), gateway.stop()]);
  rmSync(dataDir, { recursive: true, force: true });
});

async function provide(providers: Providers, type: string, properties: Record<string, unknown>) {
  const created = await providers[type]?.({
    stack: 'Test',
    logicalId: 'Thing',
    type,
    properties,
    metadata: {},
  });
  return created?.ref ?? '';
}

/** The sentence that a denial of `action` on `resource` has. */
function denial(action: string, resource: string): string {
  return `User: arn:aws:sts::000000000000:assumed-role/narrow/fn is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
}

it('DynamoDB: AccessDeniedException, of a transaction as of a single write', async () => {
  const client = new DynamoDBClient({ endpoint: dynamodb.proxy.url, region, credentials: key });
  const Item = { pk: { S: 'a' } };
  await client.send(new PutItemCommand({ TableName: 'mine', Item }));
  await expect(client.send(new PutItemCommand({ TableName: 'other', Item }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: denial('dynamodb:PutItem', arn('dynamodb', 'table/other')),
    $metadata: { httpStatusCode: 400 },
  });
  const TransactItems = [
    { Put: { TableName: 'mine', Item } },
    { Delete: { TableName: 'mine', Key: { pk: { S: 'b' } } } },
  ];
  await expect(client.send(new TransactWriteItemsCommand({ TransactItems }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: denial('dynamodb:DeleteItem', arn('dynamodb', 'table/mine')),
  });
  client.destroy();
});

it('SQS: AccessDenied, of a batch as of a single message', async () => {
  const client = new SQSClient({ endpoint: queues.url, region, credentials: key });
  await client.send(new SendMessageCommand({ QueueUrl: mine, MessageBody: 'x' }));
  const Entries = [{ Id: '0', MessageBody: 'x' }];
  await client.send(new SendMessageBatchCommand({ QueueUrl: mine, Entries }));
  await expect(client.send(new SendMessageBatchCommand({ QueueUrl: other, Entries }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: denial('sqs:sendmessage', arn('sqs', 'other')),
    $metadata: { httpStatusCode: 403 },
  });
  client.destroy();
});

it('S3: 403 AccessDenied', async () => {
  const authorization = `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/20261120/us-east-1/s3/aws4_request`;
  const put = (path: string) =>
    fetch(`${queues.url}/page/${path}`, { method: 'PUT', body: 'x', headers: { authorization } });
  expect((await put('up/a.txt')).status).toBe(200);
  const refused = await put('index.html');
  expect(refused.status).toBe(403);
  expect(await refused.text()).toContain(
    `<Code>AccessDenied</Code><Message>${denial('s3:PutObject', 'arn:aws:s3:::page/index.html')}`,
  );
});

it('EventBridge: AccessDeniedException where one entry goes to a bus that may not be', async () => {
  const client = new EventBridgeClient({ endpoint: events.url, region, credentials: key });
  const entry = { Source: 'test', DetailType: 'Test', Detail: '{}' };
  await client.send(new PutEventsCommand({ Entries: [{ ...entry, EventBusName: 'mine' }] }));
  const Entries = [{ ...entry, EventBusName: 'mine' }, entry];
  await expect(client.send(new PutEventsCommand({ Entries }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: denial('events:PutEvents', arn('events', 'event-bus/default')),
  });
  client.destroy();
});

it('@connections: AccessDeniedException with the resource as API Gateway names it', async () => {
  const client = (stage: string) =>
    new ApiGatewayManagementApiClient({ endpoint: `${gateway.url}/api/${stage}`, region, credentials: key });
  const ConnectionId = 'abc=';
  // It may, but there is none.
  await expect(
    client('ws').send(new PostToConnectionCommand({ ConnectionId, Data: 'x' })),
  ).rejects.toMatchObject({ name: 'GoneException' });
  await expect(client('ws').send(new DeleteConnectionCommand({ ConnectionId }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: denial(
      'execute-api:ManageConnections',
      arn('execute-api', 'api/ws/DELETE/@connections/{connectionId}'),
    ),
    $metadata: { httpStatusCode: 403 },
  });
  await expect(
    client('dev').send(new PostToConnectionCommand({ ConnectionId, Data: 'x' })),
  ).rejects.toMatchObject({ name: 'AccessDeniedException' });
});
