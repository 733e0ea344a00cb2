import type { FunctionConfiguration } from './function-configuration.ts';
import type { LogGroup } from './logs.ts';

/** What REPORT says of an invocation. Times in milliseconds. */
export interface InvocationReport {
  durationMs: number;
  /** Of the environment's first invocation only. */
  initMs: number | undefined;
  status: 'success' | 'error' | 'timeout';
  errorType: string | undefined;
}

/** The lines that Lambda itself writes to a function's log: JSON records or the classic text, as LogFormat says. */
export class PlatformLog {
  readonly #fn: FunctionConfiguration;
  readonly #log: LogGroup;

  constructor(fn: FunctionConfiguration, log: LogGroup) {
    this.#fn = fn;
    this.#log = log;
  }

  initStart(): void {
    if (this.#fn.systemLogLevel === 'WARN') return;
    if (this.#fn.logFormat === 'JSON')
      this.#record('initStart', {
        initializationType: 'on-demand',
        phase: 'init',
        functionName: this.#fn.name,
        functionVersion: '$LATEST',
      });
    else this.#log.write(`INIT_START Runtime Version: ${this.#fn.runtime}`);
  }

  start(requestId: string): void {
    if (this.#fn.systemLogLevel === 'WARN') return;
    if (this.#fn.logFormat === 'JSON') this.#record('start', { requestId, version: '$LATEST' });
    else this.#log.write(`START RequestId: ${requestId} Version: $LATEST`);
  }

  /** END and REPORT. Billed are init and handler, rounded up to a millisecond. */
  report(requestId: string, { durationMs, initMs, status, errorType }: InvocationReport): void {
    if (this.#fn.systemLogLevel === 'WARN' && status === 'success') return;
    const billed = Math.ceil(durationMs + (initMs ?? 0));
    if (this.#fn.logFormat === 'JSON') {
      this.#record('report', {
        requestId,
        metrics: {
          durationMs: round(durationMs),
          billedDurationMs: billed,
          memorySizeMB: this.#fn.memoryMb,
          ...(initMs !== undefined && { initDurationMs: round(initMs) }),
        },
        status,
        ...(errorType && { errorType }),
      });
      return;
    }
    this.#log.write(`END RequestId: ${requestId}`);
    const fields = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${billed} ms`,
      `Memory Size: ${this.#fn.memoryMb} MB`,
    ];
    if (initMs !== undefined) fields.push(`Init Duration: ${initMs.toFixed(2)} ms`);
    if (status !== 'success') fields.push(`Status: ${status}`);
    if (status === 'error' && errorType) fields.push(`Error Type: ${errorType}`);
    this.#log.write(fields.join('\t'));
  }

  #record(type: string, record: object): void {
    this.#log.write(JSON.stringify({ time: new Date().toISOString(), type: `platform.${type}`, record }));
  }
}

const round = (milliseconds: number) => Math.round(milliseconds * 100) / 100;
