import type { Progress } from './progress.ts';

/** What every section is told. */
export interface BenchOptions {
  /** Fewer rounds and sizes: the whole bench in about a minute. */
  quick: boolean;
  progress: Progress;
  /** Ctrl-C: whatever a section has started is to end. */
  signal: AbortSignal;
}
