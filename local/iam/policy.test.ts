import { describe, expect, it } from 'vitest';
import { UnknownCondition } from './conditions.ts';
import { compilePolicy, evaluate, policyDocument } from './policy.ts';

const keys = new Set(['aws:securetransport', 'aws:sourcearn']);

function grantsOf(...statements: object[]) {
  return compilePolicy(policyDocument.parse({ Version: '2012-10-17', Statement: statements }), keys);
}

function allows(
  statements: object[],
  action: string,
  resource = 'arn:aws:sqs:us-east-1:0:jobs',
  context = {},
) {
  return evaluate(grantsOf(...statements), { action, resource, context }).allowed;
}

const send = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' };

describe('a policy', () => {
  it('denies what no statement speaks of', () => {
    expect(allows([send], 'sqs:ReceiveMessage')).toBe(false);
    expect(allows([], 'sqs:SendMessage')).toBe(false);
  });

  it('takes actions in any case, and resources as they are', () => {
    expect(allows([send], 'SQS:sendmessage')).toBe(true);
    const jobs = { ...send, Resource: 'arn:aws:sqs:us-east-1:0:Jobs' };
    expect(allows([jobs], 'sqs:SendMessage')).toBe(false);
  });

  it.each([
    ['sqs:*', 'sqs:SendMessage', true],
    ['sqs:Send*', 'sqs:SendMessage', true],
    ['sqs:?endMessage', 'sqs:SendMessage', true],
    ['sqs:?endMessage', 'sqs:endMessage', false],
    ['*', 's3:GetObject', true],
    ['s3:Get*Acl', 's3:GetObject', false],
    ['sqs.SendMessage', 'sqs:SendMessage', false],
  ])('with the action %s decides %s: %s', (Action, action, allowed) => {
    expect(allows([{ ...send, Action }], action)).toBe(allowed);
  });

  it.each([
    ['arn:aws:s3:::page/*', 'arn:aws:s3:::page/a/b.js', true],
    ['arn:aws:s3:::page/*', 'arn:aws:s3:::page', false],
    ['arn:*:api/ws/*/@connections/*', 'arn:aws:x:0:api/ws/POST/@connections/{connectionId}', true],
    ['arn:*:api/ws/*/@connections/*', 'arn:aws:x:0:api/dev/POST/@connections/{connectionId}', false],
    ['arn:aws:s3:::page/(a+)', 'arn:aws:s3:::page/aa', false],
  ])('with the resource %s decides %s: %s', (Resource, resource, allowed) => {
    expect(allows([{ Effect: 'Allow', Action: '*', Resource }], 's3:GetObject', resource)).toBe(allowed);
  });

  it('lets a Deny win, wherever it stands', () => {
    const never = { Effect: 'Deny', Action: 'sqs:*', Resource: '*:secret' };
    expect(allows([never, send], 'sqs:SendMessage', 'arn:aws:sqs:us-east-1:0:secret')).toBe(false);
    expect(allows([send, never], 'sqs:SendMessage', 'arn:aws:sqs:us-east-1:0:secret')).toBe(false);
    expect(allows([send, never], 'sqs:SendMessage')).toBe(true);
  });

  it('takes NotAction and NotResource for everything but what they list', () => {
    const notAction = [{ Effect: 'Allow', NotAction: ['sqs:*', 's3:GetObject'], Resource: '*' }];
    expect(allows(notAction, 's3:PutObject')).toBe(true);
    expect(allows(notAction, 's3:getobject')).toBe(false);
    expect(allows(notAction, 'sqs:SendMessage')).toBe(false);
    const notResource = [{ Effect: 'Allow', Action: '*', NotResource: '*:secret' }];
    expect(allows(notResource, 'sqs:SendMessage', 'arn:aws:sqs:us-east-1:0:secret')).toBe(false);
    expect(allows(notResource, 'sqs:SendMessage')).toBe(true);
  });

  it('is one grant for each action on each resource', () => {
    const grants = grantsOf({ Effect: 'Allow', Action: ['a:A', 'a:B'], Resource: ['arn:1', 'arn:2'] });
    expect(grants.map(({ action, resource }) => `${action.text} ${resource.text}`)).toEqual([
      'a:A arn:1',
      'a:A arn:2',
      'a:B arn:1',
      'a:B arn:2',
    ]);
  });
});

describe('a condition', () => {
  const arn = 'arn:aws:events:us-east-1:0:rule/fanfare/all';
  it.each([
    [{ Bool: { 'aws:SecureTransport': 'false' } }, { 'aws:securetransport': 'true' }, false],
    [{ Bool: { 'aws:SecureTransport': true } }, { 'aws:securetransport': 'true' }, true],
    [{ ArnEquals: { 'aws:SourceArn': arn } }, { 'aws:sourcearn': arn }, true],
    [{ ArnLike: { 'AWS:SourceArn': ['arn:no', 'arn:*:rule/fanfare/*'] } }, { 'aws:sourcearn': arn }, true],
    [{ StringEquals: { 'aws:SourceArn': 'arn:*' } }, { 'aws:sourcearn': arn }, false],
    [{ StringEquals: { 'aws:SourceArn': arn } }, {}, false],
    [{ StringNotEquals: { 'aws:SourceArn': arn } }, {}, true],
    [{ StringNotLike: { 'aws:SourceArn': ['arn:no', 'arn:*'] } }, { 'aws:sourcearn': arn }, false],
    [
      { Bool: { 'aws:SecureTransport': 'true' }, ArnLike: { 'aws:SourceArn': 'arn:no' } },
      { 'aws:securetransport': 'true', 'aws:sourcearn': arn },
      false,
    ],
  ])('%j in %j: %s', (Condition, context, holds) => {
    expect(allows([{ ...send, Condition }], 'sqs:SendMessage', undefined, context)).toBe(holds);
  });

  it('of an operator or a key that is not played is refused by its name', () => {
    const leading = { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': 'x' } };
    expect(() => grantsOf({ ...send, Condition: leading })).toThrow(UnknownCondition);
    expect(() => grantsOf({ ...send, Condition: leading })).toThrow('ForAllValues:StringEquals');
    expect(() => grantsOf({ ...send, Condition: { StringEquals: { 'dynamodb:Select': 'x' } } })).toThrow(
      'dynamodb:select',
    );
  });
});

it('is refused with policy variables, principals, and neither action nor its opposite', () => {
  expect(() => grantsOf({ ...send, Resource: `arn:aws:s3:::${'$'}{aws:username}` })).toThrow('variables');
  expect(() => grantsOf({ ...send, Principal: '*' })).toThrow('Principal');
  expect(() => grantsOf({ Effect: 'Allow', Resource: '*' })).toThrow('either Action or NotAction');
});
