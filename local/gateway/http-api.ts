import type { IncomingMessage } from 'node:http';
import { logAccess } from './access-log.ts';
import type { Account } from './account.ts';
import type { Api, Route, Stage } from './api.ts';
import { preflight, withCors } from './cors.ts';
import { callFunction, timedOut } from './function-call.ts';
import {
  type HttpCall,
  type HttpRequestContext,
  httpAnswer,
  httpEvent,
  httpRequestContext,
} from './http-events.ts';
import { decodedPath, type HttpAnswer, limitedBody, messageAnswer } from './http-message.ts';
import { matchRoute } from './http-routes.ts';
import { gatewayId } from './ids.ts';
import { JwtVerifier } from './jwt-authorizer.ts';
import { observeApi } from './metrics.ts';

/** Serves one HTTP API: stage, route, JWT authorizer, function, CORS. */
export class HttpApi {
  api: Api;
  readonly #account: Account;
  readonly #jwt = new JwtVerifier();

  constructor(api: Api, account: Account) {
    this.api = api;
    this.#account = account;
  }

  /** Answers a request whose path within the API is `path` (with the query). Never rejects for a function's error. */
  async answer(request: IncomingMessage, path: string): Promise<HttpAnswer> {
    const { cors } = this.api;
    const begun = performance.now();
    const url = new URL(`http://gateway${path}`);
    const answer = await this.#route(request, url);
    const stage = stageOf(this.api, url.pathname)?.stage.name ?? '$default';
    observeApi(this.#account.observe, this.api.id, stage, {
      Count: 1,
      '4xx': Number(answer.status >= 400 && answer.status < 500),
      '5xx': Number(answer.status >= 500),
      Latency: performance.now() - begun,
    });
    answer.headers['apigw-requestid'] ??= gatewayId();
    const isPreflight = request.method === 'OPTIONS' && answer.status === 204;
    return isPreflight ? answer : withCors(answer, cors, request.headers.origin);
  }

  async #route(request: IncomingMessage, url: URL): Promise<HttpAnswer> {
    const rawPath = decodedPath(url.pathname);
    if (rawPath === undefined) return messageAnswer(400, 'Bad Request');
    const body = await limitedBody(request, this.#account.limits.httpBodyBytes);
    if (!body) return messageAnswer(413, 'Request Entity Too Large');
    const at = stageOf(this.api, url.pathname);
    if (!at) return messageAnswer(404, 'Not Found');
    const { stage, path } = at;
    if (!this.#account.requests.take() || stage.throttle?.take() === false) {
      return messageAnswer(429, 'Too Many Requests');
    }
    const method = request.method ?? 'GET';
    const match = matchRoute(this.api.routes, method, path);
    const explicit = match && match.route.key !== '$default';
    const ownPreflight = explicit ? undefined : preflight(this.api.cors, request);
    if (ownPreflight) return ownPreflight;
    const query = url.search.slice(1);
    if (!match) return messageAnswer(404, 'Not Found');
    const call: HttpCall = {
      apiId: this.api.id,
      stage,
      request,
      rawPath,
      query,
      match,
      identity: undefined,
      body,
    };
    return this.#authorized(call, url);
  }

  async #authorized(call: HttpCall, url: URL): Promise<HttpAnswer> {
    const { route } = call.match;
    if (route.authorizer?.kind === 'jwt') {
      const verdict = await this.#jwt.verify(route.authorizer, call.request, url, route.scopes);
      if (!verdict.allowed) {
        const { status, wwwAuthenticate } = verdict;
        const message = status === 401 ? 'Unauthorized' : 'Forbidden';
        const answer = messageAnswer(status, message, { 'www-authenticate': wwwAuthenticate });
        this.#log(call, httpRequestContext(call), answer, message);
        return answer;
      }
      call.identity = verdict.identity;
    }
    return this.#integrate(call, route);
  }

  async #integrate(call: HttpCall, { integration }: Route): Promise<HttpAnswer> {
    if (integration?.kind !== 'function') return messageAnswer(500, 'Internal Server Error');
    const context = httpRequestContext(call);
    const { invoker, limits } = this.#account;
    const timeoutMs = integration.timeoutMs ?? limits.httpTimeoutMs;
    const result = await callFunction(invoker, integration.functionArn, httpEvent(context, call), timeoutMs);
    const answer = result.ok
      ? (httpAnswer(result.payload) ?? messageAnswer(500, 'Internal Server Error'))
      : timedOut(result)
        ? messageAnswer(503, 'Service Unavailable')
        : messageAnswer(500, 'Internal Server Error');
    this.#log(call, context, answer, result.ok ? undefined : result.errorMessage);
    answer.headers['apigw-requestid'] = context.requestId;
    return answer;
  }

  #log(call: HttpCall, context: HttpRequestContext, { status, body }: HttpAnswer, error?: string): void {
    logAccess(this.#account.accessLog, call.stage, () => {
      const { http, ...rest } = context;
      return {
        ...rest,
        httpMethod: http.method,
        path: http.path,
        resourcePath: call.match.route.key.split(' ')[1] ?? context.routeKey,
        protocol: http.protocol,
        identity: { sourceIp: http.sourceIp, userAgent: http.userAgent },
        requestTime: context.time,
        requestTimeEpoch: context.timeEpoch,
        authorizer: { claims: call.identity?.claims },
        status,
        responseLength: Buffer.byteLength(body),
        integrationLatency: Date.now() - context.timeEpoch,
        error: { message: error },
        integrationErrorMessage: error,
      };
    });
  }
}

/** A stage named by the first segment of the path, else `$default`; with the path behind it. */
function stageOf(api: Api, pathname: string): { stage: Stage; path: string } | undefined {
  const first = /^\/([^/]*)/.exec(pathname)?.[1] ?? '';
  const named = first === '$default' ? undefined : api.stages.get(first);
  if (named) return { stage: named, path: pathname.slice(first.length + 1) || '/' };
  const stage = api.stages.get('$default');
  return stage && { stage, path: pathname };
}
