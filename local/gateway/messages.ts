import { logAccess } from './access-log.ts';
import type { Account } from './account.ts';
import type { Api, Route } from './api.ts';
import { messageEvent, requestContext, type Session } from './events.ts';
import { callFunction, timedOut } from './function-call.ts';
import type { GatewayLimits } from './limits.ts';
import { errorMetrics, observeApi } from './metrics.ts';
import { mockResponse } from './mock-integration.ts';
import { proxyAnswer } from './proxy-answer.ts';

/**
 * Runs the route of one client message and resolves to the text that goes back to its sender, often none. The
 * function's call begins before this returns, so that calls begin in the order of arrival.
 */
export async function answerMessage(
  account: Account,
  api: Api,
  session: Session,
  body: string,
): Promise<string | undefined> {
  const route = routeOf(api, body);
  const context = requestContext(session, route?.key ?? '$default', 'MESSAGE');
  const throttled = !account.requests.take() || session.stage.throttle?.take() === false;
  const event = messageEvent(context, session, body);
  const outcome: Outcome = throttled
    ? { status: 429, failure: 'Too Many Requests', cause: 'client' }
    : await runRoute(account, route, event);
  const latencyMs = Date.now() - context.requestTimeEpoch;
  observeApi(account.observe, api.id, session.stage.name, {
    MessageCount: 1,
    ...(outcome.cause !== 'client' && { IntegrationLatency: latencyMs }),
    ...errorMetrics(outcome.status, outcome.cause),
  });
  logAccess(account.accessLog, session.stage, () => ({
    ...event.requestContext,
    status: outcome.status,
    integrationLatency: latencyMs,
    error: { message: outcome.error ?? outcome.failure },
  }));
  const { connectionId, requestId } = context;
  return outcome.failure === undefined
    ? outcome.response
    : JSON.stringify({ message: outcome.failure, connectionId, requestId });
}

/** What an integration came to: `failure` or `response` is what the sender gets. */
interface Outcome {
  status: number;
  /** What answered, or failed to. */
  cause: 'client' | 'integration' | 'execution';
  failure?: string;
  response?: string;
  /** For the access log, where it says more than `failure`. */
  error?: string;
}

function routeOf(api: Api, body: string): Route | undefined {
  const key = api.selectRouteKey(body);
  // $connect and $disconnect are API Gateway's own: no message may run them.
  const chosen = key?.startsWith('$') ? undefined : api.routes.get(key ?? '');
  return chosen ?? api.routes.get('$default');
}

/** An answer goes back only where the route has both a response selection expression and a response. */
async function runRoute(
  { invoker, limits }: Account,
  route: Route | undefined,
  event: unknown,
): Promise<Outcome> {
  if (!route?.integration) return { status: 403, failure: 'Forbidden', cause: 'client' };
  const { integration } = route;
  const twoWay = route.selectsResponse && route.hasResponse;
  if (integration.kind === 'mock') {
    if (!twoWay) return { status: integration.status, cause: 'integration' };
    const response = mockResponse(integration);
    return response === undefined
      ? internalError('No integration response for the mock')
      : { status: integration.status, cause: 'integration', response };
  }
  const timeoutMs = integration.timeoutMs ?? limits.webSocketTimeoutMs;
  const result = await callFunction(invoker, integration.functionArn, event, timeoutMs);
  if (!result.ok) {
    return timedOut(result)
      ? { status: 504, cause: 'execution', failure: result.errorMessage }
      : internalError(result.errorMessage);
  }
  return proxyOutcome(result.payload, twoWay, limits);
}

function proxyOutcome(payload: unknown, twoWay: boolean, limits: GatewayLimits): Outcome {
  const answer = proxyAnswer(payload);
  if (!answer) return internalError('Malformed Lambda proxy response');
  const { statusCode: status, body } = answer;
  if (!twoWay || body === undefined) return { status, cause: 'integration' };
  return Buffer.byteLength(body) > limits.messageBytes
    ? internalError('The response is longer than a WebSocket message may be')
    : { status, cause: 'integration', response: body };
}

function internalError(error: string): Outcome {
  return { status: 500, cause: 'execution', failure: 'Internal server error', error };
}
