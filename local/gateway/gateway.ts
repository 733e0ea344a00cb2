import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Draw } from '#local/aws-timing.ts';
import type { Observe } from '#local/cloudwatch/observe.ts';
import type { Credentials } from '#local/credentials.ts';
import { type Listening, listenBefore } from '#local/http.ts';
import type { Authorize } from '#local/iam/authorize.ts';
import type { Invoker } from '#local/lambda/invoker.ts';
import type { Providers } from '#local/template/provider.ts';
import type { AccessLog } from './access-log.ts';
import type { Account } from './account.ts';
import { type Api, domainOf } from './api.ts';
import { ApiResources } from './api-resources.ts';
import { ConnectionsApi, connectionPath, type Faults } from './connections-api.ts';
import { type Distribution, distributionProviders } from './distribution.ts';
import { FrontDoor, type ServeObject } from './front-door.ts';
import { HttpApi } from './http-api.ts';
import { messageAnswer, writeAnswer } from './http-message.ts';
import { awsLimits, type GatewayLimits } from './limits.ts';
import { PostServer } from './post-caller.ts';
import { TokenBucket } from './throttle.ts';
import { refuseUpgrade } from './upgrade.ts';
import { WebSocketApi } from './websocket-api.ts';

export interface GatewayOptions {
  invoker: Invoker;
  /** Who may call `@connections`. */
  credentials: Credentials;
  authorize: Authorize;
  /** Where the cloud listens for browsers: `http://localhost:4000`, no slash at the end. */
  publicUrl: string;
  /** Told each public URL's prefix, and what it is here. */
  rewrite: (prefix: string, replacement: string) => void;
  serveObject: ServeObject;
  accessLog: AccessLog;
  /** Takes the metrics of AWS/ApiGateway. */
  observe?: Observe;
  /** Where they differ from AWS's. */
  limits?: Partial<GatewayLimits>;
  /** How long the answer of a post takes. */
  postMs?: Draw | undefined;
}

/** One open connection, as a console shows it. Times are milliseconds since the epoch. */
export interface ConnectionSummary {
  connectionId: string;
  apiId: string;
  stage: string;
  connectedAt: number;
  lastActiveAt: number;
  sourceIp: string;
  userAgent: string | undefined;
  authorizer: Record<string, string> | undefined;
  unsentBytes: number;
}

/**
 * API Gateway and CloudFront: the APIs of the template on a port of their own (`/{apiId}/…`, with `@connections`),
 * and `frontDoor`, the listeners of the public port.
 */
export class Gateway {
  readonly providers: Providers;
  readonly frontDoor: FrontDoor;
  readonly #options: GatewayOptions;
  readonly #account: Account;
  readonly #webSocketApis = new Map<string, WebSocketApi>();
  readonly #httpApis = new Map<string, HttpApi>();
  readonly #connectionsApi: ConnectionsApi;
  #internal: Listening | undefined;

  private constructor(options: GatewayOptions) {
    const limits = { ...awsLimits, ...options.limits };
    this.#options = options;
    this.#account = {
      invoker: options.invoker,
      limits,
      accessLog: options.accessLog,
      observe: options.observe,
      requests: new TokenBucket(limits.requestsPerSecond, limits.requestBurst),
      newConnections: new TokenBucket(limits.newConnectionsPerSecond, limits.newConnectionsPerSecond),
    };
    this.#connectionsApi = new ConnectionsApi({
      credentials: options.credentials,
      authorize: options.authorize,
      requests: this.#account.requests,
      messageBytes: limits.messageBytes,
      apis: this.#webSocketApis,
      hopMs: options.postMs,
    });
    this.frontDoor = new FrontDoor({
      serveObject: options.serveObject,
      answer: async (apiId, request, path) => this.#answer(apiId, request, path),
      upgrade: (apiId, request, socket, head, path) => this.#upgrade(apiId, request, socket, head, path),
    });
    this.providers = {
      ...new ApiResources((api) => this.#put(api)).providers,
      ...distributionProviders((distribution) => this.#distribute(distribution)),
    };
  }

  /** Listens on a free loopback port for calls to the APIs themselves. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const gateway = new Gateway(options);
    const internal = await listenBefore(
      (request, response) => gateway.#request(request, response),
      (server) => {
        const posts = new PostServer(gateway.#connectionsApi, server);
        return (socket) => posts.serve(socket);
      },
    );
    // Callers keep their connections: closing them after Node's 5 s would race with their next call.
    internal.server.keepAliveTimeout = 60_000;
    internal.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const { apiId, path } = split(request.url ?? '/');
      gateway.#upgrade(apiId, request, socket, head, path);
    });
    gateway.#internal = internal;
    return gateway;
  }

  /** Where the APIs are: `http://127.0.0.1:<port>`; an API is at `/{apiId}`. */
  get url(): string {
    return this.#internal?.url ?? '';
  }

  /** Consulted on each post to a connection; undefined for none. */
  set faults(faults: Faults | undefined) {
    this.#connectionsApi.faults = faults;
  }

  /** Every open connection of every API. */
  connections(): ConnectionSummary[] {
    return [...this.#webSocketApis.values()].flatMap((api) =>
      [...api.connections()].map(({ socket, raw, stage, ...connection }) => ({
        ...connection,
        stage: stage.name,
        unsentBytes: raw.writableLength,
      })),
    );
  }

  /** Closes every connection with 1001 and stops listening. */
  async stop(): Promise<void> {
    for (const api of this.#webSocketApis.values()) api.stop();
    await this.#internal?.close();
  }

  #put(api: Api): void {
    const served = this.#webSocketApis.get(api.id) ?? this.#httpApis.get(api.id);
    if (served) {
      served.api = api;
      return;
    }
    if (api.protocol === 'WEBSOCKET') this.#webSocketApis.set(api.id, new WebSocketApi(api, this.#account));
    else this.#httpApis.set(api.id, new HttpApi(api, this.#account));
    const here = `${this.url}/${api.id}`;
    this.#options.rewrite(`https://${domainOf(api.id)}`, here);
    this.#options.rewrite(`wss://${domainOf(api.id)}`, here.replace(/^http/, 'ws'));
  }

  #distribute(distribution: Distribution): void {
    this.frontDoor.distribution = distribution;
    const { publicUrl, rewrite } = this.#options;
    rewrite(`https://${distribution.domainName}`, publicUrl);
    rewrite(`wss://${distribution.domainName}`, publicUrl.replace(/^http/, 'ws'));
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    const connection = connectionPath(request.url ?? '/');
    if (connection) {
      this.#connectionsApi.handle(request, response, connection);
      return;
    }
    const { apiId, path } = split(request.url ?? '/');
    this.#answer(apiId, request, path).then(
      (answer) => writeAnswer(response, answer ?? messageAnswer(403, 'Forbidden')),
      // The request broke off: nobody is left to answer.
      () => response.destroy(),
    );
  }

  async #answer(apiId: string, request: IncomingMessage, path: string) {
    const http = this.#httpApis.get(apiId);
    if (http) return http.answer(request, path);
    request.resume();
    return this.#webSocketApis.has(apiId)
      ? messageAnswer(426, 'Upgrade Required', { upgrade: 'websocket' })
      : undefined;
  }

  #upgrade(apiId: string, request: IncomingMessage, socket: Duplex, head: Buffer, path: string): void {
    const api = this.#webSocketApis.get(apiId);
    if (api) void api.upgrade(request, socket, head, path);
    else refuseUpgrade(socket, 403, JSON.stringify({ message: 'Forbidden' }));
  }
}

/** `/{apiId}/rest?query` */
function split(url: string): { apiId: string; path: string } {
  const slash = url.indexOf('/', 1);
  return slash < 0
    ? { apiId: url.slice(1), path: '/' }
    : { apiId: url.slice(1, slash), path: url.slice(slash) };
}
