import { expect, it } from 'vitest';
import { Templates } from '#test/support/templates.ts';

const templates = new Templates();

it('`cdk destroy` keeps what people wrote and who they are, and nothing else of Fanfare', () => {
  const kept = templates.resources.filter(({ deletionPolicy }) => deletionPolicy?.startsWith('Retain'));
  expect(kept.map(({ stack, type }) => `${stack} ${type}`).toSorted()).toEqual([
    'FanfareData AWS::DynamoDB::GlobalTable',
    'FanfareData AWS::DynamoDB::GlobalTable',
    'FanfareData AWS::DynamoDB::GlobalTable',
    'FanfareData AWS::S3::Bucket',
    'FanfareIdentity AWS::Cognito::UserPool',
    // The account's, for all of its APIs.
    'FanfareRealtime AWS::ApiGateway::Account',
    'FanfareRealtime AWS::IAM::Role',
  ]);
});

it('`cdk destroy` empties the bucket of the page, which could not be deleted otherwise', () => {
  const [upload] = templates.ofType('Custom::CDKBucketDeployment');
  expect(upload?.properties.RetainOnDelete).toBe(false);
});
