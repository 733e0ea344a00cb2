import { logAccess } from './access-log.ts';
import type { Account } from './account.ts';
import type { Api } from './api.ts';
import { disconnectEvent, requestContext, type Session } from './events.ts';
import { callFunction } from './function-call.ts';

/**
 * Runs `$disconnect` for a connection that has ended. As on AWS it is tried once, and its failure is seen in the
 * access log only.
 */
export async function runDisconnect(
  { invoker, accessLog, limits }: Account,
  api: Api,
  session: Session,
  code: number,
  reason: string,
): Promise<void> {
  const context = requestContext(session, '$disconnect', 'DISCONNECT');
  const integration = api.routes.get('$disconnect')?.integration;
  let error: string | undefined;
  if (integration?.kind === 'function') {
    const event = disconnectEvent(context, session, code, reason);
    const timeoutMs = integration.timeoutMs ?? limits.webSocketTimeoutMs;
    const result = await callFunction(invoker, integration.functionArn, event, timeoutMs);
    if (!result.ok) error = result.errorMessage;
  }
  logAccess(accessLog, session.stage, () => ({
    ...context,
    status: error === undefined ? 200 : 500,
    integrationLatency: Date.now() - context.requestTimeEpoch,
    error: { message: error },
    disconnectStatusCode: code,
    disconnectReason: reason,
  }));
}
