import { arn, physicalName, stableId } from '../aws.ts';
import type { Created, Providers, Resource } from './provider.ts';
import { stableUuid } from './stable-uuid.ts';

/**
 * Resources that change nothing in the local cloud but are referred to: they answer `Ref` and `Fn::GetAtt` as AWS
 * documents it (CloudFormation's template reference, "Return values" of each type). A part that plays one of them puts
 * its own provider over this one's.
 */
export const noEffect: Providers = {
  'AWS::CDK::Metadata': byName(),

  'AWS::IAM::Role': (resource) => {
    const name = nameOf(resource, 'RoleName');
    const path = text(resource, 'Path') ?? '/';
    return {
      ref: name,
      attributes: { Arn: arn('iam', `role${path}${name}`), RoleId: `AROA${upperId(resource, 17)}` },
    };
  },
  'AWS::IAM::Policy': byId(),
  'AWS::IAM::ManagedPolicy': (resource) => {
    const path = text(resource, 'Path') ?? '/';
    const policyArn = arn('iam', `policy${path}${nameOf(resource, 'ManagedPolicyName')}`);
    return { ref: policyArn, attributes: { PolicyArn: policyArn, PolicyId: `ANPA${upperId(resource, 17)}` } };
  },

  'AWS::Lambda::Permission': byId(),
  'AWS::Lambda::LayerVersion': (resource) => {
    const layerArn = arn('lambda', `layer:${nameOf(resource, 'LayerName')}:1`);
    return { ref: layerArn, attributes: { LayerVersionArn: layerArn } };
  },

  'AWS::SQS::QueuePolicy': byId(),
  'AWS::S3::BucketPolicy': (resource) => ({ ref: text(resource, 'Bucket') ?? physical(resource) }),
  'AWS::Events::EventBusPolicy': byId(),
  'AWS::ApiGateway::Account': byId(),

  'AWS::CloudFront::OriginAccessControl': byId(cloudFrontId),
  'AWS::CloudFront::ResponseHeadersPolicy': byId(uuid),
  'AWS::CloudFront::CachePolicy': byId(uuid),
  'AWS::CloudFront::OriginRequestPolicy': byId(uuid),

  'AWS::KMS::Key': (resource) => {
    const id = uuid(resource);
    return { ref: id, attributes: { KeyId: id, Arn: arn('kms', `key/${id}`) } };
  },
  'AWS::KMS::Alias': byName('AliasName'),
};

function byName(property?: string) {
  return (resource: Resource): Created => ({
    ref: property ? nameOf(resource, property) : physical(resource),
  });
}

function byId(idOf = physical) {
  return (resource: Resource): Created => {
    const id = idOf(resource);
    return { ref: id, attributes: { Id: id } };
  };
}

function nameOf(resource: Resource, property: string): string {
  return text(resource, property) ?? physical(resource);
}

function text({ properties }: Resource, property: string): string | undefined {
  const value = properties[property];
  return typeof value === 'string' ? value : undefined;
}

function physical({ stack, logicalId }: Resource): string {
  return physicalName(stack, logicalId);
}

function upperId({ stack, logicalId }: Resource, length: number): string {
  return stableId(`${stack}/${logicalId}`, length).toUpperCase();
}

function cloudFrontId(resource: Resource): string {
  return `E${upperId(resource, 13)}`;
}

function uuid({ stack, logicalId }: Resource): string {
  return stableUuid(`${stack}/${logicalId}`);
}
