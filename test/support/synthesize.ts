import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synth } from '#local/synth.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the synthesized app. */
    assembly: string;
  }
}

/** Synthesizes the app as `npm start` does, once for all test files. */
export default async function synthesize(project: TestProject): Promise<() => void> {
  const assembly = mkdtempSync(join(tmpdir(), 'fanfare-assembly-'));
  await synth(assembly);
  project.provide('assembly', assembly);
  return () => rmSync(assembly, { recursive: true, force: true });
}
