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
