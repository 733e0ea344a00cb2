import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Cloud } from '#local/cloud.ts';
import { announceRunning } from '#local/running.ts';
import { synth } from '#local/synth.ts';
import { testCloud } from '#test/support/cloud.ts';
import { Queue } from '#test/support/queue.ts';

/**
 * CloudWatch's minutes take two seconds. So that alarms of age tell a single failure from a lasting one as they do on
 * AWS, what is measured in real time is shortened as much: when a failed job is offered again, and how old is too old.
 */
const timeScale = 30;
const thresholds = { queueAgeSeconds: 45 / timeScale, iteratorAgeMs: 10_000 / timeScale };
const retryAfterSeconds = 30 / timeScale;

interface ShortenedCloud {
  cloud: Cloud;
  dataDir: string;
  /** Deploys a bundle that does not load in a function's place; what it returns deploys the former one again. */
  deployBroken(fn: string): () => void;
}

/** A cloud with an hour of operation in two minutes, for the file that calls it; `ops` commands find it. */
export function shortenedCloud(): () => ShortenedCloud {
  const assembly = mkdtempSync(join(tmpdir(), 'fanfare-shortened-'));
  const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-test-'));
  const broken = mkdtempSync(join(tmpdir(), 'fanfare-broken-'));
  beforeAll(async () => {
    await synth(assembly, { context: { 'fanfare:thresholds': thresholds } });
    writeFileSync(join(broken, 'index.mjs'), "throw new Error('A bundle that does not load');");
  });
  const cloud = testCloud({ assembly, dataDir, cloudWatch: { timeScale } });
  beforeAll(async () => {
    announceRunning(dataDir, cloud().port, cloud().operatorEnvironment);
    await new Queue(cloud(), 'fanfare-deliveries').retryAfter(retryAfterSeconds);
  });
  afterAll(() => {
    for (const folder of [assembly, dataDir, broken]) rmSync(folder, { recursive: true, force: true });
  });
  return () => ({
    cloud: cloud(),
    dataDir,
    deployBroken(fn) {
      const former = cloud()
        .lambda.functions()
        .find(({ name }) => name === fn)?.taskRoot;
      if (former === undefined) throw new Error(`${fn} has no bundle`);
      cloud().lambda.updateCode(fn, broken);
      return () => cloud().lambda.updateCode(fn, former);
    },
  });
}
