import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { region } from '#local/aws.ts';
import { Credentials, operator } from '#local/credentials.ts';
import { startFauxqs } from '#local/engines/fauxqs.ts';
import { S3Refusal } from '#local/engines/s3-refusal.ts';

interface FileStore {
  s3: S3Client;
  bucket: string;
  /** From now on, until the test is over: S3 answers `SlowDown` where a request's URL has this text. */
  slowDown(text: string): void;
}

/** An S3 with a bucket, for the file or `describe` that calls it; the function that it returns gives it. */
export function testFileStore(): () => FileStore {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-files-'));
  const credentials = new Credentials();
  const bucket = 'files';
  let stop: (() => Promise<void>) | undefined;
  let store: FileStore | undefined;
  let isWell = () => {};
  beforeAll(async () => {
    const fauxqs = await startFauxqs({
      dataDir: folder,
      credentials,
      authorize: () => undefined,
      assetPath: (key) => join(folder, key),
    });
    stop = fauxqs.stop;
    const [type, properties, metadata] = ['AWS::S3::Bucket', { BucketName: bucket }, {}];
    await fauxqs.providers[type]?.({ stack: 'Data', logicalId: 'Files', type, properties, metadata });
    const key = credentials.issue(operator);
    isWell = () => {
      fauxqs.s3.faults = undefined;
    };
    store = {
      s3: new S3Client({ endpoint: fauxqs.url, region, credentials: key, maxAttempts: 1 }),
      bucket,
      slowDown: (text) => {
        fauxqs.s3.faults = ({ url }) =>
          url.includes(text) ? new S3Refusal(503, 'SlowDown', 'Please reduce your request rate.') : undefined;
      },
    };
  });
  afterEach(() => isWell());
  afterAll(async () => {
    store?.s3.destroy();
    await stop?.();
    rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    if (!store) throw new Error('The store has not started yet');
    return store;
  };
}
