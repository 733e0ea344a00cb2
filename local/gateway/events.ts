import type { IncomingMessage } from 'node:http';
import { domainOf, type Stage } from './api.ts';
import { gatewayId } from './ids.ts';

/** What is known of a connection from its handshake on, and told in every event. */
export interface Session {
  readonly apiId: string;
  readonly stage: Stage;
  readonly connectionId: string;
  /** Milliseconds since the epoch. */
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  /** What the authorizer said: `principalId` and its context, as strings. */
  authorizer: Record<string, string> | undefined;
}

/** The upgrade request as events show it. */
export interface Handshake {
  headers: Record<string, string>;
  multiValueHeaders: Record<string, string[]>;
  queryStringParameters?: Record<string, string>;
  multiValueQueryStringParameters?: Record<string, string[]>;
}

export type RequestContext = ReturnType<typeof requestContext>;

/** The `requestContext` of one event, with ids of its own. */
export function requestContext(
  session: Session,
  routeKey: string,
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT',
) {
  const requestId = gatewayId();
  const now = Date.now();
  return {
    routeKey,
    eventType,
    extendedRequestId: requestId,
    requestTime: requestTime(now),
    messageDirection: 'IN',
    stage: session.stage.name,
    connectedAt: session.connectedAt,
    requestTimeEpoch: now,
    identity: { userAgent: session.userAgent, sourceIp: session.sourceIp },
    requestId,
    domainName: domainOf(session.apiId),
    connectionId: session.connectionId,
    apiId: session.apiId,
    authorizer: session.authorizer,
  };
}

/** "Lambda REQUEST authorizers" of the WebSocket API guide has this shape. */
export function authorizerEvent(session: Session, handshake: Handshake, methodArn: string) {
  return {
    type: 'REQUEST',
    methodArn,
    headers: handshake.headers,
    multiValueHeaders: handshake.multiValueHeaders,
    queryStringParameters: handshake.queryStringParameters ?? {},
    multiValueQueryStringParameters: handshake.multiValueQueryStringParameters ?? {},
    stageVariables: session.stage.variables ?? {},
    requestContext: requestContext(session, '$connect', 'CONNECT'),
  };
}

export function connectEvent(context: RequestContext, session: Session, handshake: Handshake) {
  return { ...handshake, ...variables(session), requestContext: context, isBase64Encoded: false };
}

export function messageEvent(context: RequestContext, session: Session, body: string) {
  return {
    ...variables(session),
    requestContext: { ...context, messageId: context.requestId },
    body,
    isBase64Encoded: false,
  };
}

/** A `$disconnect` event has these four headers and no other, whatever the handshake had. */
export function disconnectEvent(context: RequestContext, session: Session, code: number, reason: string) {
  const headers = {
    Host: context.domainName,
    'x-api-key': '',
    'X-Forwarded-For': session.sourceIp,
    'x-restapi': '',
  };
  return {
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    ...variables(session),
    requestContext: { ...context, disconnectStatusCode: code, disconnectReason: reason },
    isBase64Encoded: false,
  };
}

/** Reads an upgrade request. Header names are kept as sent, but for the handshake's own, which AWS writes itself. */
export function handshakeOf(request: IncomingMessage, url: URL, domain: string): Handshake {
  const headers = new Map<string, string[]>();
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const sent = request.rawHeaders[i] ?? '';
    const name = handshakeNames.get(sent.toLowerCase()) ?? sent;
    headers.set(name, [...(headers.get(name) ?? []), request.rawHeaders[i + 1] ?? '']);
  }
  headers.set('Host', [domain]);
  headers.set('X-Forwarded-For', [sourceIpOf(request)]);
  headers.set('X-Forwarded-Port', ['443']);
  headers.set('X-Forwarded-Proto', ['https']);
  const query = new Map<string, string[]>();
  for (const [name, value] of url.searchParams) query.set(name, [...(query.get(name) ?? []), value]);
  return {
    headers: lastValues(headers),
    multiValueHeaders: Object.fromEntries(headers),
    ...(query.size > 0 && {
      queryStringParameters: lastValues(query),
      multiValueQueryStringParameters: Object.fromEntries(query),
    }),
  };
}

export function sourceIpOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
}

/** `30/Apr/2022:04:16:26 +0000` */
export function requestTime(epochMs: number): string {
  // "Sat, 30 Apr 2022 04:16:26 GMT"
  const [, day, month, year, time] = new Date(epochMs).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

const handshakeNames = new Map(
  [
    'Connection',
    'Host',
    'Origin',
    'Sec-WebSocket-Extensions',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Protocol',
    'Sec-WebSocket-Version',
    'Upgrade',
    'User-Agent',
  ].map((name) => [name.toLowerCase(), name]),
);

function lastValues(entries: Map<string, string[]>): Record<string, string> {
  return Object.fromEntries([...entries].map(([name, values]) => [name, values.at(-1) ?? '']));
}

function variables({ stage }: Session): { stageVariables?: Record<string, string> } {
  return stage.variables ? { stageVariables: stage.variables } : {};
}
