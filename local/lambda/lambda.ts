import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Observe } from '../cloudwatch/observe.ts';
import type { Providers } from '../template/provider.ts';
import { type AsyncConfiguration, AsyncInvocations, type FailedEvent } from './async-invocations.ts';
import type { FunctionConfiguration } from './function-configuration.ts';
import type { InvocationResult, Invoker } from './invoker.ts';
import { type FunctionSurroundings, LambdaFunction } from './lambda-function.ts';
import { lambdaLimits } from './limits.ts';
import type { Logs } from './logs.ts';
import { functionName, lambdaProviders } from './providers.ts';
import { QuietCollector } from './quiet-collector.ts';

export interface LambdaSettings {
  logs: Logs;
  /** The folder of an asset's content by the S3 key that the template gives. */
  assetPath(s3Key: string): string;
  /** Variables to add to an execution environment: endpoints, and access keys of its own. Asked once for each. */
  environment(fn: { name: string; roleArn: string; logGroup: string }): Record<string, string>;
  /** An environment has ended; these are the variables that `environment` gave it. */
  dispose?(variables: Record<string, string>): void;
  /** Sends an asynchronous event that failed for good to its on-failure destination or dead-letter queue. */
  deliverFailure(destinationArn: string, failed: FailedEvent): Promise<void>;
  /** Takes the metrics of AWS/Lambda. */
  observe?: Observe;
  /** Milliseconds before the first retry of an asynchronous event; the second waits twice that. AWS: 60,000. */
  retryDelayMs?: number;
}

/** AWS Lambda on worker threads. */
export class Lambda implements Invoker {
  readonly providers: Providers;
  readonly #functions = new Map<string, LambdaFunction>();
  readonly #surroundings: FunctionSurroundings;
  readonly #async: AsyncInvocations;
  readonly #collector = new QuietCollector();
  readonly #sweep: NodeJS.Timeout;

  constructor({
    logs,
    assetPath,
    environment,
    dispose,
    deliverFailure,
    observe,
    retryDelayMs = 1_000,
  }: LambdaSettings) {
    this.#surroundings = {
      environment,
      ...(dispose && { dispose }),
      ...(observe && { observe }),
      running: { count: 0 },
      log: (group) => logs.group(group),
    };
    this.#async = new AsyncInvocations({
      deliverFailure,
      retryDelayMs,
      logFailure: (fn, message) => logs.group(fn.configuration.logGroup).write(message),
    });
    this.providers = lambdaProviders(this, assetPath);
    this.#sweep = setInterval(() => {
      for (const fn of this.#functions.values()) fn.endIdle(performance.now() - lambdaLimits.idleMs);
      this.#collector.collectIfQuiet();
    }, lambdaLimits.idleMs / 6).unref();
  }

  /** Creates a function, or changes it. One that is deployed again as it was keeps its warm environments. */
  register(configuration: FunctionConfiguration): void {
    const existing = this.#functions.get(configuration.name);
    if (!existing) {
      this.#functions.set(configuration.name, new LambdaFunction(configuration, this.#surroundings));
    } else if (!isDeepStrictEqual(existing.configuration, configuration)) {
      existing.replace(configuration);
    }
  }

  /** Every function that templates have made. */
  functions(): FunctionConfiguration[] {
    return [...this.#functions.values()].map(({ configuration }) => configuration);
  }

  /** Retries and the on-failure destination of a function's asynchronous events. */
  configureAsync(fn: string, configuration: AsyncConfiguration): void {
    this.#async.configure(functionName(fn), configuration);
  }

  /** @throws ResourceNotFoundError (rejects); everything else is a result. */
  async invoke(fn: string, event: unknown): Promise<InvocationResult> {
    const target = this.#function(fn);
    const payload = JSON.stringify(event) ?? '{}';
    if (Buffer.byteLength(payload) > lambdaLimits.syncPayloadBytes)
      return { ok: false, errorType: 'RequestEntityTooLargeException', errorMessage: tooLarge('sync') };
    this.#collector.invoked();
    return target.invoke(randomUUID(), payload);
  }

  /** @throws ResourceNotFoundError, RequestEntityTooLargeError */
  invokeAsync(fn: string, event: unknown): void {
    const target = this.#function(fn);
    const payload = JSON.stringify(event) ?? '{}';
    if (Buffer.byteLength(payload) > lambdaLimits.asyncPayloadBytes)
      throw new RequestEntityTooLargeError(tooLarge('async'));
    this.#async.add(target, randomUUID(), payload);
  }

  /** The ARN of the role that the function runs under. @throws ResourceNotFoundError */
  roleOf(fn: string): string {
    return this.#function(fn).configuration.roleArn;
  }

  /** Runs the bundle in `assetDir` from the next event on. @throws ResourceNotFoundError */
  updateCode(fn: string, assetDir: string): void {
    const target = this.#function(fn);
    target.replace({ ...target.configuration, taskRoot: assetDir });
  }

  /**
   * Starts an environment of each function ahead of its first event, as provisioned concurrency would.
   * @param except names of functions that need none
   */
  warm(except: readonly string[] = []): void {
    for (const [name, fn] of this.#functions) if (!except.includes(name)) fn.warm();
  }

  /** Fault injection: ends every thread of the function, in the middle of whatever it does. */
  async kill(fn: string): Promise<void> {
    await this.#function(fn).kill();
  }

  /** Ends every environment within a second. Whoever waits for a result gets an error. */
  async stop(): Promise<void> {
    clearInterval(this.#sweep);
    this.#async.stop();
    const stopped = Promise.all([...this.#functions.values()].map((fn) => fn.stop()));
    // A thread inside a long native call ends only when that returns; the process need not wait for it.
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise((resolve) => {
      timer = setTimeout(resolve, 1_000);
    });
    await Promise.race([stopped, deadline]);
    clearTimeout(timer);
  }

  #function(nameOrArn: string): LambdaFunction {
    const name = functionName(nameOrArn);
    const fn = this.#functions.get(name);
    if (!fn) throw new ResourceNotFoundError(`Function not found: ${name}`);
    return fn;
  }
}

export class ResourceNotFoundError extends Error {
  override readonly name = 'ResourceNotFoundException';
}

class RequestEntityTooLargeError extends Error {
  override readonly name = 'RequestEntityTooLargeException';
}

function tooLarge(kind: 'sync' | 'async'): string {
  const limit = kind === 'sync' ? lambdaLimits.syncPayloadBytes : lambdaLimits.asyncPayloadBytes;
  return `Request must be smaller than ${limit} bytes for the Invoke${kind === 'async' ? 'Async' : 'Function'} operation`;
}
