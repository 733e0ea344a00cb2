import { z } from 'zod';
import { arn, region } from '#local/aws.ts';
import type { Created, Providers, Resource } from '#local/template/provider.ts';
import type { FauxqsStores } from './fauxqs-stores.ts';
import { madeUpName, readProperties } from './properties.ts';
import { type BucketCors, corsRule } from './s3-cors.ts';

/** Accepted, and of no effect here: who may, how it is encrypted, when it is deleted, what is logged. */
const noEffect = z.unknown().optional();
const bucket = z.strictObject({
  BucketName: z.string().optional(),
  CorsConfiguration: z.strictObject({ CorsRules: z.array(corsRule) }).optional(),
  AccessControl: noEffect,
  BucketEncryption: noEffect,
  IntelligentTieringConfigurations: noEffect,
  LifecycleConfiguration: noEffect,
  LoggingConfiguration: noEffect,
  OwnershipControls: noEffect,
  PublicAccessBlockConfiguration: noEffect,
  Tags: noEffect,
  VersioningConfiguration: noEffect,
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
  const wanted = readProperties(resource, bucket);
  const name = wanted.BucketName ?? madeUpName(resource, 63).toLowerCase();
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
