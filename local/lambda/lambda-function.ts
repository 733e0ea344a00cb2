import { availableParallelism } from 'node:os';
import type { Observe } from '../cloudwatch/observe.ts';
import { ExecutionEnvironment } from './execution-environment.ts';
import type { FunctionConfiguration } from './function-configuration.ts';
import type { InvocationResult } from './invoker.ts';
import { lambdaLimits } from './limits.ts';
import type { LogGroup } from './logs.ts';
import type { InvocationReport } from './platform-log.ts';

/** The function is at its reserved concurrency. This very object, so that no handler's own error is taken for it. */
export const throttled: InvocationResult = Object.freeze({
  ok: false,
  errorType: 'TooManyRequestsException',
  errorMessage: 'Rate Exceeded.',
});

/** The local cloud has been stopped. */
const stopped: InvocationResult = Object.freeze({
  ok: false,
  errorType: 'ServiceException',
  errorMessage: 'The local Lambda service has been stopped.',
});

/** What a function needs from around it. */
export interface FunctionSurroundings {
  /** Extra environment variables, for one environment. */
  environment(fn: { name: string; roleArn: string; logGroup: string }): Record<string, string>;
  /** The environment that got these variables has ended. */
  dispose?(variables: Record<string, string>): void;
  log(group: string): LogGroup;
  /** Takes the metrics of AWS/Lambda. */
  observe?: Observe;
  /** Invocations under way, of all functions. */
  running: { count: number };
}

/** A start takes a core for so long: it helps whoever has waited as long, and would only hold up those served sooner. */
const startMs = 100;
/** More at once would keep each other from finishing. */
const startsAtOnce = Math.max(1, Math.floor(availableParallelism() / 2));

/** An invocation that waits for an environment. Undefined: there is going to be none. */
interface Waiting {
  give(environment: ExecutionEnvironment | undefined): void;
  /** On `performance`'s clock. */
  since: number;
}

/**
 * One function: its configuration and its execution environments. An invocation takes the idle environment that was
 * used last. When all are busy it waits in line for the one that is free or has started first; when the line does not
 * move, more are started, up to the limit.
 */
export class LambdaFunction {
  #configuration: FunctionConfiguration;
  readonly #surroundings: FunctionSurroundings;
  /** The environments that run the current configuration. */
  readonly #environments = new Set<ExecutionEnvironment>();
  /** Busy with an event that began before the configuration changed. */
  readonly #outdated = new Set<ExecutionEnvironment>();
  /** Those of them that have not come up yet. */
  readonly #starting = new Set<ExecutionEnvironment>();
  /** The one used last is at the end. */
  #idle: ExecutionEnvironment[] = [];
  readonly #waiting: Waiting[] = [];
  #nextStart: NodeJS.Timeout | undefined;
  #concurrency = 0;
  #stopped = false;

  constructor(configuration: FunctionConfiguration, surroundings: FunctionSurroundings) {
    this.#configuration = configuration;
    this.#surroundings = surroundings;
  }

  get configuration(): FunctionConfiguration {
    return this.#configuration;
  }

  /** @param event JSON */
  async invoke(requestId: string, event: string): Promise<InvocationResult> {
    const { name, runtime, taskRoot, reservedConcurrency } = this.#configuration;
    if (taskRoot === undefined)
      return {
        ok: false,
        errorType: 'UnsupportedRuntime',
        errorMessage: `${name} is a ${runtime} function, and the local cloud runs Node.js functions only.`,
      };
    if (reservedConcurrency !== undefined && this.#concurrency >= reservedConcurrency) {
      this.#measure('Throttles', 1);
      return throttled;
    }

    this.#concurrency += 1;
    const { running, observe } = this.#surroundings;
    running.count += 1;
    this.#measure('ConcurrentExecutions', this.#concurrency);
    observe?.('AWS/Lambda', 'ConcurrentExecutions', {}, running.count);
    try {
      const environment = await this.#take();
      if (!environment) return stopped;
      const result = await environment.invoke(requestId, event);
      this.#release(environment);
      return result;
    } finally {
      this.#concurrency -= 1;
      running.count -= 1;
    }
  }

  /**
   * Events from now on find new environments with this configuration, even if it is the same: the bundle may have
   * changed in its place. Those that are being handled end where they began.
   */
  replace(configuration: FunctionConfiguration): void {
    this.#configuration = configuration;
    const unused = new Set([...this.#idle, ...this.#starting]);
    const busy = [...this.#environments].filter((environment) => !unused.has(environment));
    for (const environment of busy) this.#outdated.add(environment);
    this.#environments.clear();
    this.#starting.clear();
    this.#idle = [];
    for (const environment of unused) void environment.end();
    this.#startForWaiting();
  }

  /** Starts a first environment, if there is none yet. */
  warm(): void {
    const runnable = this.#configuration.taskRoot !== undefined && !this.#stopped;
    if (runnable && this.#environments.size === 0) this.#start();
  }

  /** Ends the idle environments that nobody used since `before` (on `performance`'s clock), except the last one. */
  endIdle(before: number): void {
    const unused = this.#idle.filter(({ idleSince }) => idleSince < before);
    const surplus = unused.slice(0, Math.max(0, this.#environments.size - 1));
    for (const environment of surplus) void environment.end();
  }

  /** Kills every thread of the function, idle or busy. */
  async kill(): Promise<void> {
    const all = [...this.#environments, ...this.#outdated];
    await Promise.all(all.map((environment) => environment.kill()));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#nextStart);
    for (const { give } of this.#waiting.splice(0)) give(undefined);
    await this.kill();
  }

  #take(): ExecutionEnvironment | undefined | Promise<ExecutionEnvironment | undefined> {
    if (this.#stopped) return undefined;
    const idle = this.#idle.pop();
    if (idle) return idle;
    const { promise, resolve } = Promise.withResolvers<ExecutionEnvironment | undefined>();
    this.#waiting.push({ give: resolve, since: performance.now() });
    this.#startForWaiting();
    return promise;
  }

  #release(environment: ExecutionEnvironment): void {
    if (this.#outdated.has(environment)) void environment.end();
    if (!this.#environments.has(environment)) return;
    const first = this.#waiting.shift();
    if (first) first.give(environment);
    else this.#idle.push(environment);
  }

  #start(): void {
    const { name, roleArn, logGroup } = this.#configuration;
    const variables = this.#surroundings.environment({ name, roleArn, logGroup });
    const environment = new ExecutionEnvironment(
      this.#configuration,
      variables,
      this.#surroundings.log(logGroup),
      {
        ready: () => {
          this.#starting.delete(environment);
          this.#release(environment);
          this.#startForWaiting();
        },
        end: () => {
          // Whoever waits first is told why it did not come up, as on AWS whoever made it start.
          if (this.#starting.delete(environment)) this.#waiting.shift()?.give(environment);
          this.#environments.delete(environment);
          this.#outdated.delete(environment);
          this.#idle = this.#idle.filter((idle) => idle !== environment);
          this.#surroundings.dispose?.(variables);
          this.#startForWaiting();
        },
        report: (report) => this.#count(report),
      },
    );
    this.#environments.add(environment);
    this.#starting.add(environment);
  }

  #count({ durationMs, status }: InvocationReport): void {
    this.#measure('Invocations', 1);
    this.#measure('Duration', durationMs);
    this.#measure('Errors', status === 'success' ? 0 : 1);
  }

  #measure(metric: string, value: number): void {
    const { name: FunctionName } = this.#configuration;
    this.#surroundings.observe?.('AWS/Lambda', metric, { FunctionName }, value);
  }

  #startForWaiting(): void {
    clearTimeout(this.#nextStart);
    const [first] = this.#waiting;
    const mayStart =
      this.#starting.size < startsAtOnce && this.#environments.size < lambdaLimits.environmentsPerFunction;
    if (this.#stopped || !first || !mayStart) return;
    const dueInMs = this.#environments.size === 0 ? 0 : first.since + startMs - performance.now();
    if (dueInMs > 0) {
      this.#nextStart = setTimeout(() => this.#startForWaiting(), dueInMs);
      return;
    }
    this.#start();
    this.#startForWaiting();
  }
}
