import type { Observe } from '#local/cloudwatch/observe.ts';

/**
 * Takes values of AWS/ApiGateway's metrics, for the API as a whole and for its stage: API Gateway reports both
 * ("WebSocket API metrics" and "HTTP API metrics" in its developer guide).
 */
export function observeApi(
  observe: Observe | undefined,
  apiId: string,
  stage: string,
  values: Record<string, number>,
): void {
  if (!observe) return;
  for (const name in values) {
    const value = values[name] ?? 0;
    observe('AWS/ApiGateway', name, { ApiId: apiId }, value);
    observe('AWS/ApiGateway', name, { ApiId: apiId, Stage: stage }, value);
  }
}

/**
 * Counts the messages that are sent to clients, and tells of them once in a turn of the event loop: with each of
 * thousands of posts, it would cost as much as the post.
 */
export class SentMessages {
  readonly #observe: Observe | undefined;
  readonly #apiId: string;
  readonly #byStage = new Map<string, number>();

  constructor(observe: Observe | undefined, apiId: string) {
    this.#observe = observe;
    this.#apiId = apiId;
  }

  count(stage: string): void {
    if (!this.#observe) return;
    if (this.#byStage.size === 0) setImmediate(this.#report);
    this.#byStage.set(stage, (this.#byStage.get(stage) ?? 0) + 1);
  }

  readonly #report = (): void => {
    for (const [stage, messages] of this.#byStage)
      observeApi(this.#observe, this.#apiId, stage, { MessageCount: messages });
    this.#byStage.clear();
  };
}

/**
 * The WebSocket API's metrics of an answer: ClientError where no integration ran, IntegrationError where it answered
 * with 4xx or 5xx, ExecutionError where it could not be called or failed.
 */
export function errorMetrics(
  status: number,
  cause: 'client' | 'integration' | 'execution',
): Record<string, number> {
  const isError = status >= 400;
  return {
    ClientError: Number(isError && cause === 'client'),
    IntegrationError: Number(isError && cause === 'integration'),
    ExecutionError: Number(isError && cause === 'execution'),
  };
}
