import type { IncomingMessage } from 'node:http';
import type { Cors } from './api.ts';
import type { HttpAnswer } from './http-message.ts';

/** API Gateway's answer to a preflight request that no route takes; undefined for any other request. */
export function preflight(cors: Cors | undefined, request: IncomingMessage): HttpAnswer | undefined {
  if (!cors || request.method !== 'OPTIONS' || !request.headers['access-control-request-method'])
    return undefined;
  const allowed = originHeaders(cors, request.headers.origin);
  const headers: Record<string, string> = { ...allowed };
  if (allowed) {
    if (cors.allowMethods.length) headers['access-control-allow-methods'] = cors.allowMethods.join(',');
    if (cors.allowHeaders.length) headers['access-control-allow-headers'] = cors.allowHeaders.join(',');
    if (cors.maxAge !== undefined) headers['access-control-max-age'] = String(cors.maxAge);
  }
  return { status: 204, headers, body: '' };
}

/** With CORS configured, API Gateway puts its own CORS headers in the place of the integration's. */
export function withCors(answer: HttpAnswer, cors: Cors | undefined, origin: string | undefined): HttpAnswer {
  if (!cors) return answer;
  const own = Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-'));
  const exposed: Record<string, string> = cors.exposeHeaders.length
    ? { 'access-control-expose-headers': cors.exposeHeaders.join(',') }
    : {};
  const allowed = originHeaders(cors, origin);
  return { ...answer, headers: { ...Object.fromEntries(own), ...allowed, ...(allowed ? exposed : {}) } };
}

function originHeaders(cors: Cors, origin: string | undefined): Record<string, string> | undefined {
  if (origin === undefined) return undefined;
  const match = cors.allowOrigins.find(
    (allowed) =>
      allowed === '*' ||
      allowed.toLowerCase() === origin.toLowerCase() ||
      (/^https?:\/\/\*$/.test(allowed) && origin.startsWith(allowed.slice(0, -1))),
  );
  if (match === undefined) return undefined;
  return {
    'access-control-allow-origin': match === '*' ? '*' : origin,
    ...(cors.allowCredentials && { 'access-control-allow-credentials': 'true' }),
    ...(match !== '*' && { vary: 'origin' }),
  };
}
