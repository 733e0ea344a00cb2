import { z } from 'zod';
import { account, stableId } from '#local/aws.ts';
import { ignored, parseProperties, unsupported } from '#local/template/properties.ts';
import type { Created, Providers, Resource } from '#local/template/provider.ts';

/** What a distribution serves from where. */
export interface Distribution {
  readonly id: string;
  readonly domainName: string;
  readonly defaultRootObject: string | undefined;
  /** In the order in which they are tried; the last matches everything. */
  readonly behaviours: Behaviour[];
  /** Paths of the pages that are served, with a 200, in the place of an origin's error of that status. */
  readonly errorPages: Map<number, string>;
}

interface Behaviour {
  readonly matches: (path: string) => boolean;
  readonly methods: Set<string>;
  readonly origin: Origin;
}

type Origin = { kind: 'bucket'; bucket: string; path: string } | { kind: 'api'; apiId: string; path: string };

/**
 * `AWS::CloudFront::Distribution`, and the policies and access controls around it, which have an id and no effect:
 * nothing is cached, and every header passes.
 */
export function distributionProviders(put: (distribution: Distribution) => void): Providers {
  return {
    'AWS::CloudFront::Distribution': (resource) => {
      const distribution = distributionOf(resource);
      put(distribution);
      const { id, domainName } = distribution;
      return { ref: id, attributes: { Id: id, DomainName: domainName } };
    },
    'AWS::CloudFront::OriginAccessControl': named,
    'AWS::CloudFront::CachePolicy': named,
    'AWS::CloudFront::OriginRequestPolicy': named,
    'AWS::CloudFront::ResponseHeadersPolicy': named,
  };
}

function named({ stack, logicalId }: Resource): Created {
  const id = stableId(`${stack}/${logicalId}`, 14);
  return { ref: id, attributes: { Id: id } };
}

const behaviour = z.strictObject({
  TargetOriginId: z.string(),
  AllowedMethods: z.array(z.string()).optional(),
  ViewerProtocolPolicy: ignored,
  CachedMethods: ignored,
  CachePolicyId: ignored,
  Compress: ignored,
  OriginRequestPolicyId: ignored,
  ResponseHeadersPolicyId: ignored,
});

const origin = z.strictObject({
  Id: z.string(),
  DomainName: z.string(),
  OriginPath: z.string().optional(),
  ConnectionAttempts: ignored,
  ConnectionTimeout: ignored,
  CustomOriginConfig: ignored,
  OriginAccessControlId: ignored,
  OriginShield: ignored,
  ResponseCompletionTimeout: ignored,
  S3OriginConfig: ignored,
});

const schema = z.strictObject({
  DistributionConfig: z.strictObject({
    Enabled: z.literal(true),
    Origins: z.array(origin),
    DefaultCacheBehavior: behaviour,
    CacheBehaviors: z.array(behaviour.extend({ PathPattern: z.string() })).optional(),
    DefaultRootObject: z.string().optional(),
    CustomErrorResponses: z
      .array(
        z.strictObject({
          ErrorCode: z.number(),
          ResponseCode: z.literal(200),
          ResponsePagePath: z.string(),
          ErrorCachingMinTTL: ignored,
        }),
      )
      .optional(),
    Comment: ignored,
    HttpVersion: ignored,
    IPV6Enabled: ignored,
    Logging: ignored,
    PriceClass: ignored,
    Restrictions: ignored,
    Staging: ignored,
    ViewerCertificate: ignored,
    WebACLId: ignored,
  }),
  Tags: ignored,
});

function distributionOf(resource: Resource): Distribution {
  const { DistributionConfig: config } = parseProperties(resource, schema);
  const origins = new Map(config.Origins.map((given) => [given.Id, originOf(resource, given)]));
  const behaviourOf = (given: z.infer<typeof behaviour>, pattern: string): Behaviour => {
    const target = origins.get(given.TargetOriginId);
    if (!target)
      throw unsupported(resource, 'TargetOriginId', `'${given.TargetOriginId}' is none of Origins`);
    const methods = new Set(given.AllowedMethods ?? ['GET', 'HEAD']);
    return { matches: pathPattern(pattern), methods, origin: target };
  };
  const id = `E${stableId(`${account}/${resource.stack}/${resource.logicalId}`, 13).toUpperCase()}`;
  return {
    id,
    domainName: `d${id.slice(1).toLowerCase()}.cloudfront.net`,
    defaultRootObject: config.DefaultRootObject,
    behaviours: [
      ...(config.CacheBehaviors ?? []).map(({ PathPattern, ...given }) => behaviourOf(given, PathPattern)),
      behaviourOf(config.DefaultCacheBehavior, '*'),
    ],
    errorPages: new Map(
      config.CustomErrorResponses?.map(({ ErrorCode, ResponsePagePath }) => [ErrorCode, ResponsePagePath]),
    ),
  };
}

function originOf(resource: Resource, { DomainName, OriginPath: path = '' }: z.infer<typeof origin>): Origin {
  const apiId = /^([a-z0-9]+)\.execute-api\./.exec(DomainName)?.[1];
  if (apiId) return { kind: 'api', apiId, path };
  const bucket = /^(.+)\.s3[.-]([^/]*\.)?amazonaws\.com$/.exec(DomainName)?.[1];
  if (bucket) return { kind: 'bucket', bucket, path };
  throw unsupported(resource, 'Origins', `'${DomainName}' is neither an API nor a bucket of a template`);
}

/** `*` is any text, `?` one character; a leading `/` may be left out. */
function pathPattern(pattern: string): (path: string) => boolean {
  const expression = pattern
    .replace(/^\//, '')
    .replace(/[\\^$+.()|[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const compiled = new RegExp(`^/${expression}$`);
  return (path) => compiled.test(path);
}
