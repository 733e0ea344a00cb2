import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { stableId } from '#local/aws.ts';
import { ignored, parseProperties, unsupported } from '#local/template/properties.ts';
import type { Created, Providers, Resource } from '#local/template/provider.ts';
import { contentTypeOf } from './content-types.ts';
import type { FauxqsStores } from './fauxqs-stores.ts';

type S3Store = FauxqsStores['s3Store'];

/** CloudFormation hands a custom resource its flags as text. */
const flag = z.union([z.boolean(), z.stringbool()]);
const deployment = z.strictObject({
  SourceBucketNames: z.array(z.string()),
  SourceObjectKeys: z.array(z.string()),
  /** For each source: what stands in its files for a value known at deployment, and that value. */
  SourceMarkers: z.array(z.record(z.string(), z.coerce.string())).optional(),
  SourceMarkersConfig: z.array(z.strictObject({ jsonEscape: flag.optional() })).optional(),
  DestinationBucketName: z.string(),
  DestinationBucketKeyPrefix: z.string().optional(),
  DestinationBucketArn: z.string().optional(),
  Prune: flag.default(true),
  Exclude: z.array(z.string()).default([]),
  Include: z.array(z.string()).default([]),
  UserMetadata: z.record(z.string(), z.string()).default({}),
  SystemMetadata: z.record(z.string(), z.string()).default({}),
  Extract: flag.default(true),
  ServiceToken: ignored,
  RetainOnDelete: ignored,
  SignContent: ignored,
  OutputObjectKeys: ignored,
  // A local distribution keeps no copies.
  DistributionId: ignored,
  DistributionPaths: ignored,
  WaitForDistributionInvalidation: ignored,
});
type Deployment = z.infer<typeof deployment>;

/** `Custom::CDKBucketDeployment`: what the Lambda of CDK's BucketDeployment does, from the synthesized asset folders. */
export function bucketDeploymentProviders(
  store: S3Store,
  assetPath: (objectKey: string) => string,
): Providers {
  return { 'Custom::CDKBucketDeployment': (resource) => deploy(resource, store, assetPath) };
}

function deploy(resource: Resource, store: S3Store, assetPath: (objectKey: string) => string): Created {
  const wanted = parseProperties(resource, deployment);
  if (!wanted.Extract) throw unsupported(resource, 'Extract', 'the local cloud does not play false');
  const files = new Map<string, Buffer>();
  for (const [index, objectKey] of wanted.SourceObjectKeys.entries()) {
    const folder = assetPath(objectKey);
    if (!statSync(folder).isDirectory()) {
      throw unsupported(
        resource,
        `SourceObjectKeys.${index}`,
        `${folder} is no folder, and the local cloud unpacks no archives`,
      );
    }
    const markers = markersOf(wanted, index);
    for (const file of filesBelow(folder)) {
      files.set(relative(folder, file), replaceMarkers(readFileSync(file), markers));
    }
  }
  synchronize(store, wanted, files);
  return {
    ref: `aws.cdk.s3deployment.${stableId(`${resource.stack}/${resource.logicalId}`, 24)}`,
    attributes: wanted.DestinationBucketArn ? { DestinationBucketArn: wanted.DestinationBucketArn } : {},
  };
}

/** As `aws s3 sync --delete` does; a path that is excluded is neither written nor deleted. */
function synchronize(store: S3Store, wanted: Deployment, files: Map<string, Buffer>): void {
  const bucket = wanted.DestinationBucketName;
  const prefix = keyPrefix(wanted.DestinationBucketKeyPrefix);
  const system = new Map(
    Object.entries(wanted.SystemMetadata).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const text = <Name extends string>(name: Name, metadata: string) => {
    const value = system.get(metadata);
    return value === undefined ? {} : { [name]: value };
  };
  if (wanted.Prune) {
    for (const key of keysBelow(store, bucket, prefix)) {
      const path = key.slice(prefix.length);
      if (isChosen(path, wanted) && !files.has(path)) store.deleteObject(bucket, key);
    }
  }
  for (const [path, body] of files) {
    if (!isChosen(path, wanted)) continue;
    store.putObject(
      bucket,
      prefix + path,
      body,
      system.get('content-type') ?? contentTypeOf(path),
      wanted.UserMetadata,
      {
        ...text('cacheControl', 'cache-control'),
        ...text('contentDisposition', 'content-disposition'),
        ...text('contentEncoding', 'content-encoding'),
        ...text('contentLanguage', 'content-language'),
      },
    );
  }
}

function keyPrefix(prefix = ''): string {
  const trimmed = prefix === '/' ? '' : prefix;
  return trimmed === '' || trimmed.endsWith('/') ? trimmed : `${trimmed}/`;
}

function keysBelow(store: S3Store, bucket: string, prefix: string): string[] {
  return store
    .listObjects(bucket, { prefix, maxKeys: Number.POSITIVE_INFINITY })
    .objects.map(({ key }) => key);
}

/** The later filter counts, and the includes come after the excludes. */
function isChosen(path: string, { Exclude, Include }: Deployment): boolean {
  const matches = (pattern: string) => wildcard(pattern).test(path);
  return Include.some(matches) || !Exclude.some(matches);
}

/** The AWS CLI's patterns: `*` is anything, slashes too; `?` one character; `[a-z]` and `[!a-z]` one of or none of these. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\*|\?|\[!?[^\]]+\]|[\\^$.+(){}|[\]]/g, (token) => {
    if (token === '*') return '.*';
    if (token === '?') return '.';
    return token.length > 1 ? token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\') : `\\${token}`;
  });
  return new RegExp(`^${source}$`, 's');
}

function markersOf({ SourceMarkers, SourceMarkersConfig }: Deployment, index: number): [string, string][] {
  const { jsonEscape = false } = SourceMarkersConfig?.[index] ?? {};
  return Object.entries(SourceMarkers?.[index] ?? {}).map(([marker, value]) => [
    marker,
    // The marker stands inside a JSON string already.
    jsonEscape ? JSON.stringify(value).slice(1, -1) : value,
  ]);
}

/** As bytes, for a source may hold images too. */
function replaceMarkers(file: Buffer, markers: [string, string][]): Buffer {
  let bytes = file.toString('latin1');
  for (const [marker, value] of markers) {
    bytes = bytes.replaceAll(latin1(marker), () => latin1(value));
  }
  return Buffer.from(bytes, 'latin1');
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
