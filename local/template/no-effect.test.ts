import { expect, it } from 'vitest';
import { noEffect } from './no-effect.ts';

function create(type: string, properties: Record<string, unknown> = {}) {
  return noEffect[type]?.({ stack: 'chat', logicalId: 'Thing', type, properties, metadata: {} });
}

it('answers with the names that the template gives', () => {
  expect(create('AWS::IAM::Role', { RoleName: 'deliver', Path: '/chat/' })).toMatchObject({
    ref: 'deliver',
    attributes: { Arn: 'arn:aws:iam::000000000000:role/chat/deliver' },
  });
  expect(create('AWS::KMS::Alias', { AliasName: 'alias/rooms' })).toEqual({ ref: 'alias/rooms' });
  expect(create('AWS::S3::BucketPolicy', { Bucket: 'page' })).toEqual({ ref: 'page' });
});

it('makes up the others, the same in every run', () => {
  expect(create('AWS::IAM::Role')).toMatchObject({ ref: expect.stringMatching(/^chat-Thing-[0-9a-z]{8}$/) });
  expect(create('AWS::KMS::Key')).toMatchObject({
    ref: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  });
  for (const type of Object.keys(noEffect)) expect(create(type)).toEqual(create(type));
});
