import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Invoker } from '#local/lambda/invoker.ts';
import { type AccessLog, logAccess } from './access-log.ts';
import type { Api } from './api.ts';
import { connectEvent, type Handshake, requestContext, type Session } from './events.ts';
import { callFunction, timedOut } from './function-call.ts';
import { proxyAnswer } from './proxy-answer.ts';
import { authorize } from './request-authorizer.ts';

/** What became of an upgrade request before its handshake. */
export type Admission =
  | { admitted: true; subprotocol: string | undefined }
  | { admitted: false; status: number; body: string };

/**
 * Runs the authorizer and the integration of `$connect`. On success `session.authorizer` holds what the authorizer
 * said. An API without the route admits everybody, as AWS does.
 */
export async function admit(
  { invoker, accessLog, timeoutMs }: { invoker: Invoker; accessLog: AccessLog; timeoutMs: number },
  api: Api,
  session: Session,
  handshake: Handshake,
): Promise<Admission> {
  const route = api.routes.get('$connect');
  const refuse = (status: number, message: string, errorMessage = message): Admission => {
    const context = requestContext(session, '$connect', 'CONNECT');
    logAccess(accessLog, session.stage, () => ({ ...context, status, error: { message: errorMessage } }));
    const { connectionId, requestId } = context;
    return { admitted: false, status, body: JSON.stringify({ message, connectionId, requestId }) };
  };

  if (route?.authorizer?.kind === 'request') {
    const verdict = await authorize(invoker, route.authorizer, session, handshake, timeoutMs);
    if (!verdict.allowed) return refuse(verdict.status, verdict.message);
    session.authorizer = verdict.authorizer;
  }

  const context = requestContext(session, '$connect', 'CONNECT');
  const logged = (status: number) =>
    logAccess(accessLog, session.stage, () => ({
      ...context,
      status,
      integrationLatency: Date.now() - context.requestTimeEpoch,
    }));
  const integration = route?.integration;
  if (integration?.kind !== 'function') {
    const status = integration?.status ?? 200;
    if (status >= 300) return refuse(status, STATUS_CODES[status] ?? 'Refused');
    logged(status);
    return { admitted: true, subprotocol: undefined };
  }

  const event = connectEvent(context, session, handshake);
  const { functionArn } = integration;
  const result = await callFunction(invoker, functionArn, event, integration.timeoutMs ?? timeoutMs);
  if (!result.ok) {
    return timedOut(result)
      ? refuse(504, 'Endpoint request timed out')
      : refuse(502, 'Internal server error', result.errorMessage);
  }
  const answer = proxyAnswer(result.payload);
  if (!answer) return refuse(502, 'Internal server error', 'Malformed Lambda proxy response');
  if (answer.statusCode < 200 || answer.statusCode >= 300) {
    logged(answer.statusCode);
    return { admitted: false, status: answer.statusCode, body: answer.body ?? '' };
  }
  logged(answer.statusCode);
  const chosen = Object.entries(answer.headers).find(
    ([name]) => name.toLowerCase() === 'sec-websocket-protocol',
  );
  return { admitted: true, subprotocol: chosen?.[1] };
}

/** Answers an upgrade request over its raw socket instead of upgrading it, and closes. */
export function refuseUpgrade(socket: Duplex, status: number, body: string): void {
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
