import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { arn } from '#local/aws.ts';
import type { Draw } from '#local/aws-timing.ts';
import type { Credentials } from '#local/credentials.ts';
import type { Authorize } from '#local/iam/authorize.ts';
import type { Connection } from './account.ts';
import { gatewayId } from './ids.ts';
import type { TokenBucket } from './throttle.ts';
import type { WebSocketApi } from './websocket-api.ts';

/** An answer to give to a post in the place of the real one, after `delayMs`; a 2xx delays only. */
export interface Fault {
  status: number;
  delayMs?: number;
}

/** Consulted on each post to a connection: how tests make the gateway slow or unkind. */
export type Faults = (connectionId: string) => Fault | undefined;

/** Which connection a `@connections` path names: `/{api}/{stage}/@connections/{id}`. */
export interface ConnectionPath {
  apiId: string;
  stage: string;
  connectionId: string;
}

const marker = '/@connections/';

/** Reads a request's path without parsing it as a URL; undefined when it is no `@connections` path. */
export function connectionPath(url: string): ConnectionPath | undefined {
  const at = url.indexOf(marker);
  const slash = url.indexOf('/', 1);
  if (at < 0 || slash < 0 || slash >= at) return undefined;
  const query = url.indexOf('?', at);
  const encoded = url.slice(at + marker.length, query < 0 ? undefined : query);
  const connectionId = encoded.endsWith('%3D') ? `${encoded.slice(0, -3)}=` : encoded;
  return { apiId: url.slice(1, slash), stage: url.slice(slash + 1, at), connectionId };
}

/**
 * The `@connections` API: POST sends, GET describes, DELETE closes. Errors have the `x-amzn-ErrorType` that the SDK
 * turns into GoneException, PayloadTooLargeException, LimitExceededException and ForbiddenException.
 * Every delivery of the system passes here, so a post does no more than it must.
 */
export class ConnectionsApi {
  readonly #credentials: Credentials;
  readonly #authorize: Authorize;
  readonly #requests: TokenBucket;
  /** More than this in one post is a 413. */
  readonly messageBytes: number;
  readonly #apis: Map<string, WebSocketApi>;
  faults: Faults | undefined;
  /** How long the answer of a post takes. */
  readonly #hopMs: Draw | undefined;

  constructor(needs: {
    credentials: Credentials;
    authorize: Authorize;
    requests: TokenBucket;
    messageBytes: number;
    apis: Map<string, WebSocketApi>;
    hopMs: Draw | undefined;
  }) {
    this.#credentials = needs.credentials;
    this.#authorize = needs.authorize;
    this.#requests = needs.requests;
    this.messageBytes = needs.messageBytes;
    this.#apis = needs.apis;
    this.#hopMs = needs.hopMs;
  }

  /**
   * One post, however it was read. `answered` is told what was wrong, if anything: at once, or when a fault's delay is
   * over.
   */
  post(
    path: ConnectionPath,
    authorization: string | undefined,
    body: Buffer,
    answer: (failure: Failure | undefined) => void,
  ): void {
    const hopMs = this.#hopMs?.();
    const answered =
      hopMs === undefined ? answer : (failure?: Failure) => void setTimeout(answer, hopMs, failure);
    const refusal = this.#refusal('POST', authorization, path);
    const fault = refusal ? undefined : this.faults?.(path.connectionId);
    if (refusal) answered(refusal);
    else if (fault) void this.#misbehave(fault, answered, () => this.#deliver(path, body));
    else answered(this.#deliver(path, body));
  }

  /** Any call, as node:http read it. */
  handle(request: IncomingMessage, response: ServerResponse, path: ConnectionPath): void {
    response.sendDate = false;
    if (request.method === 'POST') {
      this.#readPost(request, response, path);
      return;
    }
    request.resume();
    const failure =
      this.#refusal(request.method, request.headers.authorization, path) ??
      this.#manage(request.method, response, path);
    if (failure) fail(response, failure);
  }

  #refusal(
    method: string | undefined,
    authorization: string | undefined,
    { apiId, stage }: ConnectionPath,
  ): Failure | undefined {
    if (!authorization) return unsigned;
    const principal = this.#credentials.principal(authorization);
    if (!principal) return { status: 403, message: 'The access key is not known' };
    // API Gateway names the path's parameter here, not the connection; so a decision holds for all connections.
    const resource = arn('execute-api', `${apiId}/${stage}/${method}/@connections/{connectionId}`);
    const denial = this.#authorize(principal, { action: 'execute-api:ManageConnections', resource });
    if (denial !== undefined) return { status: 403, type: 'AccessDeniedException', message: denial };
    return this.#requests.take() ? undefined : { status: 429, message: 'Too Many Requests' };
  }

  #manage(method: string | undefined, response: ServerResponse, path: ConnectionPath): Failure | undefined {
    const api = this.#apis.get(path.apiId);
    const connection = api?.find(path.stage, path.connectionId);
    if (!api || !connection) return gone;
    if (method === 'GET') {
      describe(response, connection);
      return undefined;
    }
    if (method !== 'DELETE') return { status: 405, message: 'Method Not Allowed' };
    api.close(connection, 1000, 'Connection Closed Normally');
    response.writeHead(204, { 'x-amzn-RequestId': gatewayId() }).end();
    return undefined;
  }

  #readPost(request: IncomingMessage, response: ServerResponse, path: ConnectionPath): void {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      // One chunk more than what is allowed tells that it is too much.
      if (length <= this.messageBytes) chunks.push(chunk);
      length += chunk.length;
    });
    request.on('end', () => {
      this.post(path, request.headers.authorization, Buffer.concat(chunks), (failure) => {
        if (failure) fail(response, failure);
        else response.writeHead(200, delivered).end();
      });
    });
  }

  #deliver(path: ConnectionPath, body: Buffer): Failure | undefined {
    if (body.length > this.messageBytes) return tooLarge;
    const api = this.#apis.get(path.apiId);
    const connection = api?.find(path.stage, path.connectionId);
    return api && connection && api.post(connection, body) ? undefined : gone;
  }

  /** The fault's status is the answer, also where there is no such connection. */
  async #misbehave(
    fault: Fault,
    answered: (failure: Failure | undefined) => void,
    deliver: () => Failure | undefined,
  ): Promise<void> {
    if (fault.delayMs) await sleep(fault.delayMs);
    if (fault.status >= 300) {
      answered({ status: fault.status, message: 'An injected fault' });
      return;
    }
    deliver();
    answered(undefined);
  }
}

/** Why a call was refused. */
export interface Failure {
  status: number;
  message: string;
  type?: string;
}

const unsigned: Failure = {
  status: 403,
  type: 'MissingAuthenticationTokenException',
  message: 'Missing Authentication Token',
};
const gone: Failure = { status: 410, message: 'The connection is gone' };
const tooLarge: Failure = { status: 413, message: 'The message is too large' };
const delivered = ['content-length', '0'];

const errorTypes: Record<number, string> = {
  403: 'ForbiddenException',
  410: 'GoneException',
  413: 'PayloadTooLargeException',
  429: 'LimitExceededException',
  500: 'InternalServerError',
};

/** How a failure is told: by status, headers and a body. */
export function failureAnswer({ status, message, type = errorTypes[status] }: Failure) {
  const body = JSON.stringify({ message });
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-amzn-RequestId': gatewayId(),
    ...(type && { 'x-amzn-ErrorType': type }),
  };
  return { headers, body };
}

function fail(response: ServerResponse, failure: Failure): void {
  const { headers, body } = failureAnswer(failure);
  response.writeHead(failure.status, headers).end(body);
}

function describe(response: ServerResponse, connection: Connection): void {
  const body = JSON.stringify({
    connectedAt: new Date(connection.connectedAt).toISOString(),
    identity: { sourceIp: connection.sourceIp, userAgent: connection.userAgent ?? '' },
    lastActiveAt: new Date(connection.lastActiveAt).toISOString(),
  });
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body);
}
