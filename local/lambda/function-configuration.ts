import { z } from 'zod';
import { arn, physicalName } from '../aws.ts';
import { ignored, parseProperties, unsupported } from '../template/properties.ts';
import type { Resource } from '../template/provider.ts';

/** A function as its template describes it. */
export interface FunctionConfiguration {
  name: string;
  arn: string;
  runtime: string;
  roleArn: string;
  handler: string;
  /** The folder of the bundle; undefined for a runtime other than Node.js, whose functions exist but cannot run. */
  taskRoot: string | undefined;
  timeoutMs: number;
  memoryMb: number;
  /** The template's own environment variables. */
  variables: Record<string, string>;
  logGroup: string;
  logFormat: 'JSON' | 'Text';
  applicationLogLevel: string | undefined;
  systemLogLevel: string | undefined;
  reservedConcurrency: number | undefined;
  deadLetterArn: string | undefined;
}

/**
 * Reads an `AWS::Lambda::Function`.
 * @param assetPath the folder of an asset's content by its S3 key
 * @throws UnsupportedError
 */
export function functionConfiguration(
  resource: Resource,
  assetPath: (s3Key: string) => string,
): FunctionConfiguration {
  const properties = parseProperties(resource, functionProperties);
  const runsNode = properties.Runtime.startsWith('nodejs');
  if (runsNode && properties.Code.S3Key === undefined)
    throw unsupported(resource, 'Code', 'a Node.js function needs a bundle as an asset (S3Key)');
  if (runsNode && properties.Layers !== undefined && properties.Layers.length > 0)
    throw unsupported(resource, 'Layers', 'the local cloud plays no layers: bundle what the function needs');

  const name = properties.FunctionName ?? physicalName(resource.stack, resource.logicalId);
  const logging = properties.LoggingConfig;
  return {
    name,
    arn: arn('lambda', `function:${name}`),
    runtime: properties.Runtime,
    roleArn: properties.Role,
    handler: properties.Handler,
    taskRoot: runsNode && properties.Code.S3Key !== undefined ? assetPath(properties.Code.S3Key) : undefined,
    timeoutMs: properties.Timeout * 1_000,
    memoryMb: properties.MemorySize,
    variables: properties.Environment?.Variables ?? {},
    logGroup: logging?.LogGroup ?? `/aws/lambda/${name}`,
    logFormat: logging?.LogFormat ?? 'Text',
    applicationLogLevel: logging?.ApplicationLogLevel,
    systemLogLevel: logging?.SystemLogLevel,
    reservedConcurrency: properties.ReservedConcurrentExecutions,
    deadLetterArn: properties.DeadLetterConfig?.TargetArn,
  };
}

const functionProperties = z.strictObject({
  FunctionName: z.string().optional(),
  Runtime: z.string(),
  Handler: z.string(),
  Role: z.string(),
  Code: z.strictObject({
    S3Bucket: z.string().optional(),
    S3Key: z.string().optional(),
    ZipFile: z.string().optional(),
  }),
  Timeout: z.coerce.number().int().min(1).max(900).default(3),
  MemorySize: z.coerce.number().int().min(128).max(10_240).default(128),
  Environment: z.strictObject({ Variables: z.record(z.string(), z.coerce.string()).optional() }).optional(),
  LoggingConfig: z
    .strictObject({
      LogGroup: z.string().optional(),
      LogFormat: z.enum(['JSON', 'Text']).optional(),
      ApplicationLogLevel: z.string().optional(),
      SystemLogLevel: z.string().optional(),
    })
    .optional(),
  ReservedConcurrentExecutions: z.coerce.number().int().min(0).optional(),
  DeadLetterConfig: z.strictObject({ TargetArn: z.string().optional() }).optional(),
  Layers: z.array(z.unknown()).optional(),
  PackageType: z.literal('Zip').optional(),
  // Without effect here: there is one processor, one disk and nobody else's keys, and nothing is traced.
  Architectures: ignored,
  EphemeralStorage: ignored,
  KmsKeyArn: ignored,
  TracingConfig: ignored,
  RuntimeManagementConfig: ignored,
  RecursiveLoop: ignored,
  SnapStart: ignored,
  Description: ignored,
  Tags: ignored,
});
