import type { MessagePort } from 'node:worker_threads';
import type { EnvironmentMessage } from './protocol.ts';

/**
 * Sends what this thread writes to stdout and stderr through its message port, instead of through Node's pipes
 * between threads: a port keeps order, so an invocation's lines arrive before its result, and each chunk leaves at
 * once, so even a handler that hangs or dies right after has its lines logged.
 *
 * `console`, and any `new Console({ stdout: process.stdout })` as Powertools makes, write through these functions.
 */
export function sendOutputTo(port: MessagePort): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = (
      chunk: string | Uint8Array,
      encoding?: BufferEncoding | Written,
      callback?: Written,
    ): boolean => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      port.postMessage({ type: 'output', stream, text } satisfies EnvironmentMessage);
      const written = typeof encoding === 'function' ? encoding : callback;
      if (written) process.nextTick(written);
      return true;
    };
  }
}

type Written = (error?: Error | null) => void;
