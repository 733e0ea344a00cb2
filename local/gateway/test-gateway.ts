import WebSocket from 'ws';
import { Credentials } from '#local/credentials.ts';
import { listen } from '#local/http.ts';
import type { InvocationResult, Invoker } from '#local/lambda/invoker.ts';
import type { Created, Resource } from '#local/template/provider.ts';
import type { ServeObject } from './front-door.ts';
import { Gateway } from './gateway.ts';
import type { GatewayLimits } from './limits.ts';

/** What tests read of the events that functions get. */
interface TestEvent {
  methodArn: string;
  body: string;
  headers: Record<string, string>;
  requestContext: { routeKey: string; disconnectStatusCode?: number; disconnectReason?: string };
}

/** A function of the fake invoker; what it throws is the function's error. */
export type Handler = (event: TestEvent) => unknown;

const functionArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

/** A gateway with functions that are plain code, resources as CDK synthesizes them, and a public port. */
export class TestGateway {
  readonly gateway: Gateway;
  readonly credentials: Credentials;
  readonly rewrites: Map<string, string>;
  readonly functions: Map<string, Handler>;
  readonly accessLog: string[];
  readonly publicUrl: string;
  readonly #sockets: WebSocket[] = [];
  readonly #close: () => Promise<void>;

  private constructor(
    parts: Pick<
      TestGateway,
      'gateway' | 'credentials' | 'rewrites' | 'functions' | 'accessLog' | 'publicUrl'
    >,
    close: () => Promise<void>,
  ) {
    this.gateway = parts.gateway;
    this.credentials = parts.credentials;
    this.rewrites = parts.rewrites;
    this.functions = parts.functions;
    this.accessLog = parts.accessLog;
    this.publicUrl = parts.publicUrl;
    this.#close = close;
  }

  static async start(
    options: { limits?: Partial<GatewayLimits>; serveObject?: ServeObject } = {},
  ): Promise<TestGateway> {
    const functions = new Map<string, Handler>();
    const rewrites = new Map<string, string>();
    const accessLog: string[] = [];
    const credentials = new Credentials();
    let gateway: Gateway | undefined;
    const door = await listen((request, response) => gateway?.frontDoor.request(request, response));
    gateway = await Gateway.start({
      invoker: new FakeInvoker(functions),
      credentials,
      authorize: () => undefined,
      publicUrl: door.url,
      rewrite: (prefix, replacement) => rewrites.set(prefix, replacement),
      serveObject: options.serveObject ?? (() => false),
      accessLog: (group, line) => accessLog.push(`${group} ${line}`),
      ...(options.limits && { limits: options.limits }),
    });
    door.server.on('upgrade', gateway.frontDoor.upgrade);
    const started = gateway;
    return new TestGateway(
      { gateway, credentials, rewrites, functions, accessLog, publicUrl: door.url },
      async () => {
        await started.stop();
        await door.close();
      },
    );
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate();
    await this.#close();
  }

  /** Creates one resource. */
  async create(type: string, logicalId: string, properties: Record<string, unknown>): Promise<Created> {
    const resource: Resource = { stack: 'Test', logicalId, type, properties, metadata: {} };
    const provider = this.gateway.providers[type];
    if (!provider) throw new Error(`no provider of ${type}`);
    return provider(resource);
  }

  /** A WebSocket API `ws` with routes to functions of the same names; `respond` lists the two-way ones. */
  async webSocketApi(
    options: {
      routes?: string[];
      respond?: string[];
      authorizer?: string[];
      stage?: Record<string, unknown>;
    } = {},
  ): Promise<string> {
    const { ref: ApiId } = await this.create('AWS::ApiGatewayV2::Api', 'Ws', {
      Name: 'Ws',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    });
    const authorizer =
      options.authorizer &&
      (await this.create('AWS::ApiGatewayV2::Authorizer', 'Auth', {
        ApiId,
        AuthorizerType: 'REQUEST',
        AuthorizerUri: lambdaUri('authorizer'),
        IdentitySource: options.authorizer,
        Name: 'Auth',
      }));
    for (const key of options.routes ?? []) {
      const integration = await this.create('AWS::ApiGatewayV2::Integration', `I${key}`, {
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: lambdaUri(key),
      });
      await this.route(ApiId, key, integration.ref, {
        respond: options.respond?.includes(key) ?? false,
        ...(key === '$connect' && authorizer && { authorizerId: authorizer.ref }),
      });
    }
    await this.create('AWS::ApiGatewayV2::Stage', 'Stage', {
      ApiId,
      StageName: 'ws',
      AutoDeploy: true,
      ...options.stage,
    });
    return ApiId;
  }

  async route(
    ApiId: string,
    key: string,
    integrationId: string,
    { respond = false, authorizerId }: { respond?: boolean; authorizerId?: string } = {},
  ): Promise<void> {
    const { ref: RouteId } = await this.create('AWS::ApiGatewayV2::Route', `R${key}`, {
      ApiId,
      RouteKey: key,
      Target: `integrations/${integrationId}`,
      AuthorizationType: authorizerId ? 'CUSTOM' : 'NONE',
      ...(authorizerId && { AuthorizerId: authorizerId }),
      ...(respond && { RouteResponseSelectionExpression: '$default' }),
    });
    if (respond) {
      await this.create('AWS::ApiGatewayV2::RouteResponse', `RR${key}`, {
        ApiId,
        RouteId,
        RouteResponseKey: '$default',
      });
    }
  }

  /** A client of the internal server; its frames and its end are recorded. */
  async connect(
    apiId: string,
    path = '/ws',
    options: WebSocket.ClientOptions & { protocols?: string[] } = {},
  ) {
    const { protocols = [], ...rest } = options;
    const socket = new WebSocket(
      `${this.gateway.url.replace('http', 'ws')}/${apiId}${path}`,
      protocols,
      rest,
    );
    this.#sockets.push(socket);
    return connected(socket);
  }
}

export interface Client {
  socket: WebSocket;
  /** Text frames received. */
  frames: string[];
  closed: Promise<{ code: number; reason: string }>;
}

/** Waits for the handshake; rejects with `<status> <body>` when it is refused. */
export function connected(socket: WebSocket): Promise<Client> {
  const frames: string[] = [];
  socket.on('message', (data) => frames.push(data.toString()));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ socket, frames, closed }));
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => reject(new Error(`${response.statusCode} ${body}`)));
    });
  });
}

export function lambdaUri(name: string): string {
  return `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn(name)}/invocations`;
}

class FakeInvoker implements Invoker {
  readonly #functions: Map<string, Handler>;

  constructor(functions: Map<string, Handler>) {
    this.#functions = functions;
  }

  async invoke(fn: string, event: unknown): Promise<InvocationResult> {
    const handler = this.#functions.get(fn.split(':').at(-1) ?? '');
    if (!handler) throw new Error(`Function not found: ${fn}`);
    try {
      const payload = await handler(JSON.parse(JSON.stringify(event)));
      return { ok: true, payload: payload === undefined ? null : JSON.parse(JSON.stringify(payload)) };
    } catch (error) {
      return {
        ok: false,
        errorType: 'Error',
        errorMessage: error instanceof Error ? error.message : String(error),
      };
    }
  }

  invokeAsync(): void {
    throw new Error('the gateway calls synchronously');
  }
}
