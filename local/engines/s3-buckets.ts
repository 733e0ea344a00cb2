import { z } from 'zod';
import { arn, physicalName, region } from '#local/aws.ts';
import { ignored, parseProperties } from '#local/template/properties.ts';
import type { Created, Providers, Resource } from '#local/template/provider.ts';
import type { FauxqsStores } from './fauxqs-stores.ts';
import { type BucketCors, corsRule } from './s3-cors.ts';

const bucket = z.strictObject({
  BucketName: z.string().optional(),
  CorsConfiguration: z.strictObject({ CorsRules: z.array(corsRule) }).optional(),
  // Who may, how it is encrypted, when it is deleted, what is logged.
  AccessControl: ignored,
  BucketEncryption: ignored,
  IntelligentTieringConfigurations: ignored,
  LifecycleConfiguration: ignored,
  LoggingConfiguration: ignored,
  OwnershipControls: ignored,
  PublicAccessBlockConfiguration: ignored,
  Tags: ignored,
  VersioningConfiguration: ignored,
});

export function bucketProviders(store: FauxqsStores['s3Store'], cors: BucketCors): Providers {
  const nothing = ({ stack, logicalId }: Resource): Created => ({ ref: `${stack}-${logicalId}` });
  return {
    'AWS::S3::Bucket': (resource) => provideBucket(resource, store, cors),
    // Policies are IAM's business.
    'AWS::S3::BucketPolicy': nothing,
    // CDK's `autoDeleteObjects` acts when a stack is deleted.
    'Custom::S3AutoDeleteObjects': nothing,
  };
}

function provideBucket(resource: Resource, store: FauxqsStores['s3Store'], cors: BucketCors): Created {
  const wanted = parseProperties(resource, bucket);
  const name = wanted.BucketName ?? physicalName(resource.stack, resource.logicalId, 63).toLowerCase();
  store.createBucket(name);
  cors.set(name, wanted.CorsConfiguration?.CorsRules ?? []);
  return {
    ref: name,
    attributes: {
      Arn: arn('s3', name),
      DomainName: `${name}.s3.amazonaws.com`,
      DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
      RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
      WebsiteURL: `http://${name}.s3-website-${region}.amazonaws.com`,
    },
  };
}
