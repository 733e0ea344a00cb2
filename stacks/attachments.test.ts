import { describe, expect, it } from 'vitest';
import { unsentTag } from '#shared/storage/keys.ts';
import { Templates } from '#test/support/templates.ts';

const templates = new Templates();

describe('the bucket of files', () => {
  const bucket = templates.ofType('AWS::S3::Bucket').find(({ id }) => id.startsWith('Attachments'));

  it('is encrypted, and takes calls by TLS alone', () => {
    expect(bucket?.properties.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    });
    const policies = templates
      .ofType('AWS::S3::BucketPolicy')
      .filter(({ properties }) => JSON.stringify(properties.Bucket).includes(`"${bucket?.id}"`));
    expect(JSON.stringify(policies)).toContain('"aws:SecureTransport":"false"');
  });

  it('forgets what no message has, a while after the dead-letter queue would', () => {
    expect(bucket?.properties.LifecycleConfiguration).toMatchObject({
      Rules: expect.arrayContaining([
        {
          Id: 'unsent',
          Status: 'Enabled',
          ExpirationInDays: 30,
          TagFilters: [{ Key: unsentTag.name, Value: unsentTag.value }],
        },
      ]),
    });
    // What was deleted is gone.
    expect(bucket?.properties).not.toHaveProperty('VersioningConfiguration');
  });

  it('is open to the page, and to no other', () => {
    const cors = JSON.stringify(bucket?.properties.CorsConfiguration);
    expect(cors).toContain('"AllowedMethods":["POST","GET"]');
    expect(cors).toContain('DomainName');
    expect(cors).not.toContain('"AllowedOrigins":["*"]');
  });
});
