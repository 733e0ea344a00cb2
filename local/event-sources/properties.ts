import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { ignored, parseProperties, unsupported } from '#local/template/properties.ts';
import type { Resource } from '#local/template/provider.ts';
import { compileFilter, type Filter, filterCriteria } from './filter.ts';

/** What both kinds of mappings have. */
interface Common {
  /** Of the stream or queue, as the template names it. */
  sourceArn: string;
  /** Name or ARN. */
  functionName: string;
  enabled: boolean;
  batchSize: number;
  /** How long to gather records for a fuller batch. */
  windowMs: number;
  /** True when the record is for the function. */
  matches: Filter;
  /** The function's response says which records failed. */
  reportsFailures: boolean;
}

export interface StreamMappingConfig extends Common {
  kind: 'stream';
  startingPosition: 'LATEST' | 'TRIM_HORIZON';
  bisect: boolean;
  /** -1: until the records expire. */
  maxRetries: number;
  /** -1: as long as DynamoDB keeps records, 24 h. */
  maxAgeSeconds: number;
  /** Batches of a shard under way at once. */
  parallelization: number;
  /** ARN of the queue that is told of discarded records. */
  onFailureQueueArn: string | undefined;
}

export interface QueueMappingConfig extends Common {
  kind: 'queue';
  maxConcurrency: number;
}

export type MappingConfig = StreamMappingConfig | QueueMappingConfig;

const common = {
  EventSourceArn: z.string(),
  FunctionName: z.string().min(1),
  Enabled: z.boolean().default(true),
  FilterCriteria: filterCriteria.optional(),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).max(1).default([]),
  MaximumBatchingWindowInSeconds: z.number().int().min(0).max(300).default(0),
  KmsKeyArn: ignored,
  LoggingConfig: ignored,
  MetricsConfig: ignored,
  Tags: ignored,
};

const streamProperties = z.strictObject({
  ...common,
  BatchSize: z.number().int().min(1).max(10_000).default(100),
  StartingPosition: z.enum(['LATEST', 'TRIM_HORIZON']),
  BisectBatchOnFunctionError: z.boolean().default(false),
  MaximumRetryAttempts: z.number().int().min(-1).max(10_000).default(-1),
  MaximumRecordAgeInSeconds: z.union([z.literal(-1), z.number().int().min(60).max(604_800)]).default(-1),
  ParallelizationFactor: z.number().int().min(1).max(10).default(1),
  TumblingWindowInSeconds: z.literal(0).optional(),
  DestinationConfig: z
    .strictObject({
      OnFailure: z
        .strictObject({ Destination: z.string().regex(/^arn:[^:]*:sqs:/, 'only an SQS queue is played') })
        .optional(),
    })
    .optional(),
});

/**
 * AWS starts a standard queue with five pollers and adds up to 300 a minute. More workers than cores would only take the
 * processor from one another; what waits instead is merged into fewer posts.
 */
export const startingPollers = Math.min(5, Math.max(2, availableParallelism()));

const queueProperties = z
  .strictObject({
    ...common,
    BatchSize: z.number().int().min(1).max(10_000).default(10),
    ScalingConfig: z
      .strictObject({ MaximumConcurrency: z.number().int().min(2).max(1_000).optional() })
      .optional(),
  })
  .refine((queue) => queue.BatchSize <= 10 || queue.MaximumBatchingWindowInSeconds > 0, {
    path: ['MaximumBatchingWindowInSeconds'],
    message: 'it must be at least 1 when BatchSize is over 10',
  });

/** Reads an `AWS::Lambda::EventSourceMapping`. Throws UnsupportedError for what AWS or the local cloud refuses. */
export function readMapping(resource: Resource): MappingConfig {
  const { EventSourceArn: source } = parseProperties(resource, z.object({ EventSourceArn: z.string() }));
  if (/^arn:[^:]*:dynamodb:[^:]*:[^:]*:table\/[^/]+\/stream\/./.test(source)) return readStream(resource);
  if (/^arn:[^:]*:sqs:[^:]*:[^:]*:./.test(source)) return readQueue(resource);
  throw unsupported(
    resource,
    'EventSourceArn',
    `"${source}" is neither a DynamoDB stream's nor an SQS queue's`,
  );
}

function readStream(resource: Resource): StreamMappingConfig {
  const properties = parseProperties(resource, streamProperties);
  return {
    kind: 'stream',
    ...readCommon(resource, properties),
    startingPosition: properties.StartingPosition,
    bisect: properties.BisectBatchOnFunctionError,
    maxRetries: properties.MaximumRetryAttempts,
    maxAgeSeconds: properties.MaximumRecordAgeInSeconds,
    parallelization: properties.ParallelizationFactor,
    onFailureQueueArn: properties.DestinationConfig?.OnFailure?.Destination,
  };
}

function readQueue(resource: Resource): QueueMappingConfig {
  const properties = parseProperties(resource, queueProperties);
  return {
    kind: 'queue',
    ...readCommon(resource, properties),
    maxConcurrency: properties.ScalingConfig?.MaximumConcurrency ?? startingPollers,
  };
}

function readCommon(
  resource: Resource,
  properties: z.output<typeof streamProperties> | z.output<typeof queueProperties>,
): Common {
  return {
    sourceArn: properties.EventSourceArn,
    functionName: properties.FunctionName,
    enabled: properties.Enabled,
    batchSize: properties.BatchSize,
    windowMs: properties.MaximumBatchingWindowInSeconds * 1000,
    matches: compileFilter(resource, properties.FilterCriteria),
    reportsFailures: properties.FunctionResponseTypes.length > 0,
  };
}
