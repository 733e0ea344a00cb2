import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { environmentVariables } from './environment-variables.ts';
import type { FunctionConfiguration } from './function-configuration.ts';
import type { InvocationResult } from './invoker.ts';
import { lambdaLimits } from './limits.ts';
import { LineSplitter } from './line-splitter.ts';
import type { LogGroup } from './logs.ts';
import { type InvocationReport, PlatformLog } from './platform-log.ts';
import type { EnvironmentData, EnvironmentMessage, InvocationError, InvokeMessage } from './protocol.ts';

/** Why an environment ended, in the words that its last invocation is answered with. */
type Failure = (requestId: string) => InvocationError;

interface Invocation {
  requestId: string;
  event: string;
  /** Undefined where the environment ended before it. */
  startedAt: number | undefined;
  timeout: NodeJS.Timeout | undefined;
  resolve(result: InvocationResult): void;
}

/** Who is told of what becomes of an environment. */
interface Listeners {
  /** It takes its first event. Not called where it ends instead. */
  ready(): void;
  /** It takes no further events. Called once. */
  end(): void;
  /** An invocation is over. */
  report(report: InvocationReport): void;
}

/**
 * One execution environment: a worker thread that has imported the function's module and handles one event at a time.
 *
 * Its JavaScript heap is bounded by the function's MemorySize; buffers outside of the heap are not.
 */
export class ExecutionEnvironment {
  readonly #fn: FunctionConfiguration;
  readonly #worker: Worker;
  readonly #platform: PlatformLog;
  readonly #lines: LineSplitter;
  readonly #listeners: Listeners;
  readonly #createdAt = performance.now();
  readonly #initTimeout: NodeJS.Timeout;
  #initMs: number | undefined;
  #failure: Failure | undefined;
  #ended = false;
  #exited = false;
  #invocation: Invocation | undefined;
  /** When the last invocation ended, on `performance`'s clock. */
  idleSince = performance.now();

  /** @param extra environment variables beside the function's own */
  constructor(fn: FunctionConfiguration, extra: Record<string, string>, log: LogGroup, listeners: Listeners) {
    this.#fn = fn;
    this.#listeners = listeners;
    this.#platform = new PlatformLog(fn, log);
    this.#lines = new LineSplitter((line) => log.write(line));
    this.#platform.initStart();
    this.#worker = startWorker(fn, extra);
    this.#worker.on('message', (message: EnvironmentMessage) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(crashed(error)));
    this.#worker.on('exit', (code) => this.#exit(code));
    this.#initTimeout = setTimeout(() => this.#terminate(initTimedOut), lambdaLimits.initMs);
  }

  /** Hands over one event, as JSON. Never two at a time. An environment that ends answers with the reason. */
  invoke(requestId: string, event: string): Promise<InvocationResult> {
    return new Promise((resolve) => {
      this.#invocation = { requestId, event, startedAt: undefined, timeout: undefined, resolve };
      if (this.#exited) this.#settleWithFailure(this.#failure ?? killed);
      else if (!this.#ended) this.#begin(this.#invocation);
    });
  }

  /** Ends the thread, whatever it is doing: the fault that a crash of the host below it would be. */
  kill(): Promise<void> {
    return this.#terminate(killed);
  }

  /** Ends an idle environment. */
  end(): Promise<void> {
    return this.#terminate(killed);
  }

  #begin(invocation: Invocation): void {
    this.#platform.start(invocation.requestId);
    invocation.startedAt = performance.now();
    invocation.timeout = setTimeout(() => this.#terminate(timedOut(this.#fn.timeoutMs)), this.#fn.timeoutMs);
    const { requestId, event } = invocation;
    this.#worker.postMessage({ requestId, event } satisfies InvokeMessage);
  }

  #receive(message: EnvironmentMessage): void {
    switch (message.type) {
      case 'output':
        this.#lines.write(message.stream, message.text);
        break;
      case 'ready':
        clearTimeout(this.#initTimeout);
        if (this.#ended) break;
        this.#initMs = performance.now() - this.#createdAt;
        this.idleSince = performance.now();
        this.#listeners.ready();
        break;
      case 'done':
        // A result that was under way when the time ran out comes too late.
        if (this.#failure) break;
        this.#settle(
          'error' in message ? { ok: false, ...message.error } : withinSize(message.payload),
          message.durationMs,
        );
        break;
      case 'fatal':
        this.#fail(() => message.error);
        break;
    }
  }

  #fail(failure: Failure): void {
    this.#failure ??= failure;
    if (this.#ended) return;
    this.#ended = true;
    this.#listeners.end();
  }

  async #terminate(failure: Failure): Promise<void> {
    this.#fail(failure);
    await this.#worker.terminate();
  }

  /** The thread is gone, and everything that it wrote has arrived. */
  #exit(code: number): void {
    this.#exited = true;
    clearTimeout(this.#initTimeout);
    this.#fail(exited(code));
    this.#lines.flush();
    this.#settleWithFailure(this.#failure ?? exited(code));
  }

  #settleWithFailure(failure: Failure): void {
    const invocation = this.#invocation;
    if (!invocation) return;
    const { requestId, startedAt } = invocation;
    const durationMs = startedAt === undefined ? 0 : performance.now() - startedAt;
    this.#settle({ ok: false, ...failure(requestId) }, durationMs);
  }

  #settle(result: InvocationResult, durationMs: number): void {
    const invocation = this.#invocation;
    if (!invocation) return;
    this.#invocation = undefined;
    clearTimeout(invocation.timeout);
    this.#lines.flush();
    const errorType = result.ok ? undefined : result.errorType;
    const status = result.ok ? 'success' : errorType === 'Sandbox.Timedout' ? 'timeout' : 'error';
    const report = { durationMs, initMs: this.#initMs, status, errorType } as const;
    this.#platform.report(invocation.requestId, report);
    this.#listeners.report(report);
    this.#initMs = undefined;
    this.idleSince = performance.now();
    invocation.resolve(result);
  }
}

/**
 * V8 would let a busy thread's young objects grow to 48 MB before it collects them, and keep that. With 6 MB it collects
 * them more often, for about the same time in all (their survivors are few).
 */
const youngMb = 6;

function startWorker(fn: FunctionConfiguration, extra: Record<string, string>): Worker {
  const logStream = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomBytes(16).toString('hex')}`;
  const workerData: EnvironmentData = {
    functionName: fn.name,
    functionArn: fn.arn,
    taskRoot: fn.taskRoot ?? '',
    handler: fn.handler,
    memoryMb: fn.memoryMb,
    timeoutMs: fn.timeoutMs,
    logGroup: fn.logGroup,
    logStream,
    nodeOptions: fn.variables.NODE_OPTIONS,
  };
  const worker = new Worker(new URL('./environment.ts', import.meta.url), {
    name: fn.name,
    workerData,
    env: environmentVariables(fn, logStream, extra),
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: fn.memoryMb, maxYoungGenerationSizeMb: youngMb },
  });
  // environment.ts writes elsewhere; what Node itself may write before that is of no function.
  worker.stdout.resume();
  worker.stderr.resume();
  return worker;
}

function withinSize(payload: string): InvocationResult {
  if (Buffer.byteLength(payload) <= lambdaLimits.syncPayloadBytes)
    return { ok: true, payload: JSON.parse(payload) };
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${lambdaLimits.syncPayloadBytes} bytes).`;
  return { ok: false, errorType: 'Function.ResponseSizeTooLarge', errorMessage };
}

const seconds = (milliseconds: number) => (milliseconds / 1_000).toFixed(2);

const timedOut =
  (timeoutMs: number): Failure =>
  (requestId) => ({
    errorType: 'Sandbox.Timedout',
    errorMessage: `${requestId} Task timed out after ${seconds(timeoutMs)} seconds`,
  });

const initTimedOut: Failure = (requestId) => ({
  errorType: 'Sandbox.Timedout',
  errorMessage: `${requestId} Init timed out after ${seconds(lambdaLimits.initMs)} seconds`,
});

const killed: Failure = (requestId) => ({
  errorType: 'Runtime.ExitError',
  errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
});

const exited =
  (code: number): Failure =>
  (requestId) => ({
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: Runtime exited ${
      code === 0 ? 'without providing a reason' : `with error: exit status ${code}`
    }`,
  });

const crashed =
  (error: Error): Failure =>
  (requestId) =>
    'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? { ...killed(requestId), errorType: 'Runtime.OutOfMemory' }
      : { errorType: error.name, errorMessage: error.message };
