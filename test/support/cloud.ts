import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { type Cloud, type CloudOptions, startCloud } from '#local/cloud.ts';

/**
 * A cloud of the test file's own, on free ports and in a temporary folder, stopped after its last test; then its folder is
 * removed, also one that the test made. Call it at the top of a file or of a `describe`; the function that it returns gives the running cloud.
 */
export function testCloud(options: Partial<CloudOptions> = {}): () => Cloud {
  let cloud: Cloud | undefined;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'fanfare-test-'));
  beforeAll(async () => {
    cloud = await startCloud({ assembly: inject('assembly'), port: 0, ...options, dataDir });
  });
  afterAll(async () => {
    await cloud?.stop();
    rmSync(dataDir, { recursive: true, force: true });
    // Sockets that a browser opened ahead and never used are let go by Node after a minute at most.
  }, 150_000);
  return () => {
    if (!cloud) throw new Error('The cloud has not started yet');
    return cloud;
  };
}
