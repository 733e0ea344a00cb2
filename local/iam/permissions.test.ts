import { expect, it } from 'vitest';
import { dynamoDbPermissions } from './dynamodb-permissions.ts';
import { s3Permission } from './s3-permissions.ts';
import { sqsPermission } from './sqs-permissions.ts';

const table = (name: string) => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;

function dynamoDb(operation: string, body: object) {
  const permissions = dynamoDbPermissions(operation, Buffer.from(JSON.stringify(body)));
  return permissions?.map(({ action, resource }) => `${action} ${resource}`);
}

it('asks of a call to DynamoDB the operation on the table, or on the index', () => {
  expect(dynamoDb('PutItem', { TableName: 'rooms' })).toEqual([`dynamodb:PutItem ${table('rooms')}`]);
  expect(dynamoDb('GetItem', { TableName: table('rooms') })).toEqual([`dynamodb:GetItem ${table('rooms')}`]);
  expect(dynamoDb('Query', { TableName: 'rooms', IndexName: 'byUser' })).toEqual([
    `dynamodb:Query ${table('rooms')}/index/byUser`,
  ]);
});

it('asks of a batch the batch, on each table', () => {
  expect(dynamoDb('BatchWriteItem', { RequestItems: { a: [], b: [] } })).toEqual([
    `dynamodb:BatchWriteItem ${table('a')}`,
    `dynamodb:BatchWriteItem ${table('b')}`,
  ]);
});

it('asks of a transaction what each of its items is', () => {
  const TransactItems = [
    { ConditionCheck: { TableName: 'rooms' } },
    { Update: { TableName: 'connections' } },
    { Put: { TableName: 'messages' } },
    { Delete: { TableName: 'messages' } },
  ];
  expect(dynamoDb('TransactWriteItems', { TransactItems })).toEqual([
    `dynamodb:ConditionCheckItem ${table('rooms')}`,
    `dynamodb:UpdateItem ${table('connections')}`,
    `dynamodb:PutItem ${table('messages')}`,
    `dynamodb:DeleteItem ${table('messages')}`,
  ]);
  expect(dynamoDb('TransactGetItems', { TransactItems: [{ Get: { TableName: 'rooms' } }] })).toEqual([
    `dynamodb:GetItem ${table('rooms')}`,
  ]);
});

it('does not know what PartiQL, or what is no JSON, would need', () => {
  expect(dynamoDb('ExecuteStatement', { Statement: 'DELETE FROM rooms' })).toBeUndefined();
  expect(dynamoDbPermissions('PutItem', Buffer.from('{'))).toBeUndefined();
});

it('asks of a batch of SQS what one message needs, on the queue', () => {
  const QueueUrl = 'http://127.0.0.1:1/000000000000/jobs';
  const resource = 'arn:aws:sqs:us-east-1:000000000000:jobs';
  expect(sqsPermission('SendMessageBatch', { QueueUrl })).toEqual({ action: 'sqs:SendMessage', resource });
  expect(sqsPermission('GetQueueUrl', { QueueName: 'jobs' })).toEqual({
    action: 'sqs:GetQueueUrl',
    resource,
  });
  expect(sqsPermission('ListQueues', {})).toEqual({ action: 'sqs:ListQueues', resource: '*' });
});

it.each([
  ['GET', '/page/a%20b.png?x-id=GetObject', 's3:GetObject', 'arn:aws:s3:::page/a b.png'],
  ['HEAD', '/page/a', 's3:GetObject', 'arn:aws:s3:::page/a'],
  ['PUT', '/page/a/b', 's3:PutObject', 'arn:aws:s3:::page/a/b'],
  ['DELETE', '/page/a', 's3:DeleteObject', 'arn:aws:s3:::page/a'],
  ['DELETE', '/page/a?tagging', 's3:DeleteObjectTagging', 'arn:aws:s3:::page/a'],
  ['GET', '/page/a?tagging=', 's3:GetObjectTagging', 'arn:aws:s3:::page/a'],
  ['GET', '/page?list-type=2', 's3:ListBucket', 'arn:aws:s3:::page'],
  ['POST', '/page?delete', 's3:DeleteObject', 'arn:aws:s3:::page/*'],
  ['GET', '/', 's3:ListAllMyBuckets', '*'],
])('asks of %s %s %s on %s', (method, url, action, resource) => {
  expect(s3Permission(method, url)).toEqual({ action, resource });
});
