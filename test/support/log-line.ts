import type { Cloud } from '#local/cloud.ts';

/** Resolves when a log group is written a line that holds `text`, from now on. */
export function logLine({ logs }: Cloud, logGroup: string, text: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = logs.onLine((group, line) => {
      if (group !== logGroup || !line.includes(text)) return;
      stop();
      resolve();
    });
  });
}
