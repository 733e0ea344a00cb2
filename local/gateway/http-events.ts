import type { IncomingMessage } from 'node:http';
import { account } from '#local/aws.ts';
import { domainOf, type Stage } from './api.ts';
import { requestTime, sourceIpOf } from './events.ts';
import type { HttpAnswer } from './http-message.ts';
import type { RouteMatch } from './http-routes.ts';
import { gatewayId } from './ids.ts';
import type { JwtIdentity } from './jwt-authorizer.ts';
import { proxyAnswer } from './proxy-answer.ts';

/** One request to an HTTP API, resolved to its stage and, with `match`, its route. */
export interface HttpCall {
  apiId: string;
  stage: Stage;
  request: IncomingMessage;
  /** Decoded; with the stage's name, where it is not `$default`. */
  rawPath: string;
  query: string;
  match: RouteMatch;
  identity: JwtIdentity | undefined;
  body: Buffer;
}

export type HttpRequestContext = ReturnType<typeof httpRequestContext>;

export function httpRequestContext(call: HttpCall) {
  const { apiId, request, identity } = call;
  const now = Date.now();
  return {
    accountId: account,
    apiId,
    ...(identity && { authorizer: { jwt: identity } }),
    domainName: domainOf(apiId),
    domainPrefix: apiId,
    http: {
      method: request.method ?? 'GET',
      path: call.rawPath,
      protocol: 'HTTP/1.1',
      sourceIp: sourceIpOf(request),
      userAgent: request.headers['user-agent'] ?? '',
    },
    requestId: gatewayId(),
    routeKey: call.match.route.key,
    stage: call.stage.name,
    time: requestTime(now),
    timeEpoch: now,
  };
}

/** The event of payload format 2.0. */
export function httpEvent(context: HttpRequestContext, call: HttpCall) {
  const { request, query, body, match, stage } = call;
  const { cookie, ...headers } = request.headers;
  const cookies = cookie?.split(/; */).filter(Boolean);
  const isBase64Encoded = body.length > 0 && !isText(headers['content-type']);
  const parameters = queryParameters(query);
  return {
    version: '2.0',
    routeKey: match.route.key,
    rawPath: call.rawPath,
    rawQueryString: query,
    ...(cookies?.length && { cookies }),
    headers: {
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(',')])),
      'x-forwarded-for': context.http.sourceIp,
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    ...(Object.keys(parameters).length && { queryStringParameters: parameters }),
    requestContext: context,
    ...(Object.keys(match.pathParameters).length && { pathParameters: match.pathParameters }),
    ...(stage.variables && { stageVariables: stage.variables }),
    ...(body.length && { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  };
}

/**
 * Reads a function's result in format 2.0: one without `statusCode` is itself the JSON body of a 200. Undefined when
 * it is malformed.
 */
export function httpAnswer(payload: unknown): HttpAnswer | undefined {
  const structured = typeof payload === 'object' && payload !== null && 'statusCode' in payload;
  if (!structured) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload ?? null);
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const answer = proxyAnswer(payload);
  if (!answer) return undefined;
  const headers: HttpAnswer['headers'] = {};
  for (const [name, value] of Object.entries(answer.headers)) headers[name.toLowerCase()] = value;
  delete headers['content-length'];
  if (answer.body !== undefined) headers['content-type'] ??= 'text/plain; charset=utf-8';
  if (answer.cookies.length > 0) headers['set-cookie'] = answer.cookies;
  const body = Buffer.from(answer.body ?? '', answer.isBase64Encoded ? 'base64' : 'utf8');
  return { status: answer.statusCode, headers, body };
}

function isText(contentType: string | string[] | undefined): boolean {
  const type = [contentType].flat()[0];
  return (
    type === undefined || /^(text\/|application\/(json|javascript|xml)\b|[^;]*\+(json|xml)\b)/i.test(type)
  );
}

function queryParameters(query: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const before = Object.hasOwn(values, name) ? `${values[name]},` : '';
    values[name] = before + value;
  }
  return values;
}
