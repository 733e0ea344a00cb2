import type { InvocationResult } from './invoker.ts';
import { type LambdaFunction, throttled } from './lambda-function.ts';
import { lambdaLimits } from './limits.ts';

/** What a failed event's destination or dead-letter queue gets. */
export interface FailedEvent {
  /** A destination's invocation record; for a dead-letter queue, the event itself. */
  body: unknown;
  /** Of a dead-letter queue's message: RequestID, ErrorCode, ErrorMessage. */
  attributes: Record<string, string>;
}

/** How one function's asynchronous events are retried: its EventInvokeConfig. */
export interface AsyncConfiguration {
  maximumRetryAttempts?: number | undefined;
  maximumEventAgeMs?: number | undefined;
  onFailureArn?: string | undefined;
}

interface AsyncSettings {
  /** Sends to an SQS queue, SNS topic, bus or function, by ARN. A rejection is logged, and the event is lost. */
  deliverFailure(destinationArn: string, failed: FailedEvent): Promise<void>;
  logFailure(fn: LambdaFunction, message: string): void;
  /** Milliseconds before the first retry; the second waits twice as long. */
  retryDelayMs: number;
}

interface AsyncEvent {
  fn: LambdaFunction;
  requestId: string;
  /** JSON */
  event: string;
  acceptedAt: number;
  attempts: number;
  throttles: number;
}

/** Lambda's queue of asynchronous events: tried, retried after errors, then handed to where failures go. */
export class AsyncInvocations {
  readonly #settings: AsyncSettings;
  readonly #configurations = new Map<string, AsyncConfiguration>();
  readonly #retries = new Set<NodeJS.Timeout>();
  #stopped = false;

  constructor(settings: AsyncSettings) {
    this.#settings = settings;
  }

  configure(functionName: string, configuration: AsyncConfiguration): void {
    this.#configurations.set(functionName, configuration);
  }

  add(fn: LambdaFunction, requestId: string, event: string): void {
    void this.#attempt({ fn, requestId, event, acceptedAt: Date.now(), attempts: 0, throttles: 0 });
  }

  /** Events that wait for a retry are dropped. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#retries) clearTimeout(timer);
  }

  async #attempt(queued: AsyncEvent): Promise<void> {
    const result = await queued.fn.invoke(queued.requestId, queued.event);
    if (result.ok || this.#stopped) return;
    const { retryDelayMs } = this.#settings;

    // Throttling does not use up the retries: only the event's age ends it.
    if (result === throttled) {
      queued.throttles += 1;
      this.#later(queued, retryDelayMs * 2 ** Math.min(queued.throttles - 1, 8), result, 'EventAgeExceeded');
      return;
    }
    queued.attempts += 1;
    if (queued.attempts > (this.#of(queued).maximumRetryAttempts ?? lambdaLimits.asyncRetries))
      await this.#giveUp(queued, result, 'RetriesExhausted');
    else this.#later(queued, retryDelayMs * 2 ** (queued.attempts - 1), result, 'EventAgeExceeded');
  }

  #later(queued: AsyncEvent, delayMs: number, result: InvocationResult, whenTooOld: string): void {
    const maximumAgeMs = this.#of(queued).maximumEventAgeMs ?? lambdaLimits.asyncEventAgeMs;
    if (Date.now() + delayMs - queued.acceptedAt > maximumAgeMs) {
      void this.#giveUp(queued, result, whenTooOld);
      return;
    }
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      void this.#attempt(queued);
    }, delayMs);
    this.#retries.add(timer);
  }

  async #giveUp(queued: AsyncEvent, result: InvocationResult, condition: string): Promise<void> {
    if (result.ok) return;
    const { deadLetterArn } = queued.fn.configuration;
    const { onFailureArn } = this.#of(queued);
    const deliveries: Promise<void>[] = [];
    if (onFailureArn)
      deliveries.push(
        this.#settings.deliverFailure(onFailureArn, invocationRecord(queued, result, condition)),
      );
    if (deadLetterArn)
      deliveries.push(this.#settings.deliverFailure(deadLetterArn, deadLetter(queued, result)));
    for (const delivery of await Promise.allSettled(deliveries))
      if (delivery.status === 'rejected')
        this.#settings.logFailure(queued.fn, `failed event ${queued.requestId} is lost: ${delivery.reason}`);
  }

  #of(queued: AsyncEvent): AsyncConfiguration {
    return this.#configurations.get(queued.fn.configuration.name) ?? {};
  }
}

type FailedResult = Extract<InvocationResult, { ok: false }>;

/** The record that AWS sends to an on-failure destination. */
function invocationRecord(queued: AsyncEvent, result: FailedResult, condition: string): FailedEvent {
  const { errorType, errorMessage, stackTrace } = result;
  return {
    attributes: {},
    body: {
      version: '1.0',
      timestamp: new Date().toISOString(),
      requestContext: {
        requestId: queued.requestId,
        functionArn: `${queued.fn.configuration.arn}:$LATEST`,
        condition,
        approximateInvokeCount: queued.attempts,
      },
      requestPayload: JSON.parse(queued.event),
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType, errorMessage, trace: stackTrace ?? [] },
    },
  };
}

/** Attributes as AWS sets them; it cuts ErrorMessage to 1 KB. */
function deadLetter(queued: AsyncEvent, result: FailedResult): FailedEvent {
  return {
    attributes: {
      RequestID: queued.requestId,
      ErrorCode: '200',
      ErrorMessage: result.errorMessage.slice(0, 1024),
    },
    body: JSON.parse(queued.event),
  };
}
