import { EventType } from '@aws-lambda-powertools/batch';
import { S3Client } from '@aws-sdk/client-s3';
import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { logger } from '#shared/observability/logger.ts';
import { measure, withMetrics } from '#shared/observability/metrics.ts';
import { Attachments } from '#shared/storage/attachments.ts';
import { type Failures, processBatch } from '../batch/process-batch.ts';
import { type FilesChange, filesChange, keepOrErase } from './keep-or-erase.ts';

const { ATTACHMENTS_BUCKET } = readEnvironment({ ATTACHMENTS_BUCKET: z.string() });
const attachments = new Attachments(new S3Client({}), ATTACHMENTS_BUCKET);

/** Messages with files that were sent or deleted → their files stay, or go. */
export const handler = withMetrics(async ({ Records }: SQSEvent) =>
  processBatch(Records, EventType.SQS, ({ body }) => filesChange(JSON.parse(body)), settle),
);

async function settle(changes: FilesChange[]): Promise<Failures<FilesChange>> {
  const { kept, erased, missing, failures } = await keepOrErase(changes, attachments);
  if (kept > 0) measure('FilesKept', kept);
  if (erased > 0) measure('FilesErased', erased);
  if (missing > 0) measure('FilesMissing', missing);
  for (const [{ what, room, ids }, error] of failures) {
    measure('FailedFiles', ids.length);
    logger.error('Files were not kept or erased', { what, room, ids, error });
  }
  return failures;
}
