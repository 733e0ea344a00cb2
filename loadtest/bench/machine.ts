import { cpus, release, totalmem } from 'node:os';
import type { BenchReport } from './results.ts';

/** What the figures were measured on. */
export function thisMachine(): BenchReport['machine'] {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kernel: release(),
  };
}
