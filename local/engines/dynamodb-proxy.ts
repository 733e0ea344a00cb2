import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import type { Draw } from '#local/aws-timing.ts';
import type { Observe } from '#local/cloudwatch/observe.ts';
import type { Credentials } from '#local/credentials.ts';
import { type Listening, listen } from '#local/http.ts';
import { type Authorize, firstDenial } from '#local/iam/authorize.ts';
import { dynamoDbPermissions } from '#local/iam/dynamodb-permissions.ts';
import { askForCapacity, observeCall } from './dynamodb-metrics.ts';
import { writtenTables } from './dynamodb-writes.ts';

/** An error answer in DynamoDB's JSON, in place of the engine's. `type` is the exception's bare name. */
interface Fault {
  status: number;
  type: string;
  message: string;
}

type WriteListener = (tables: readonly string[]) => void;

/** The engine's client-facing door: it knows whose call each is, and who wants to know of writes. */
export interface DynamoDbProxy {
  url: string;
  /** For tests: answers a call in the engine's place. `target` is the operation, as `PutItem`. */
  faults?: (target: string, body: Buffer) => Fault | undefined;
  /** Takes the metrics of AWS/DynamoDB. */
  observe?: Observe;
  /** How much longer than the engine each answer takes. */
  hopMs?: Draw | undefined;
  /** Calls the listener after each successful write with the tables written to. Returns how to stop that. */
  onWrite(listener: WriteListener): () => void;
  /** Tells the listeners of a write that did not pass through here. */
  announceWrite(tables: readonly string[]): void;
  close(): Promise<void>;
}

/** Headers that belong to one connection and not to the message (RFC 9110 §7.6.1); the host is the engine's. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
  'host',
]);

/** Serves functions on a free port of 127.0.0.1 and forwards to `engineUrl` over kept-alive connections. */
export async function startDynamoDbProxy(
  engineUrl: string,
  credentials: Credentials,
  authorize: Authorize,
): Promise<DynamoDbProxy> {
  const engine = new Pool(engineUrl, { connections: 64, keepAliveTimeout: 60_000 });
  const listeners = new Set<WriteListener>();
  const announceWrite = (tables: readonly string[]) => {
    for (const listener of listeners) listener(tables);
  };

  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      const target = operation(request);
      const refusal = refusalOf(request, target, body, credentials, authorize);
      if (refusal) return answerJson(response, refusal.status, refusal.body);
      const begun = performance.now();
      const observe = (status: number, answer: Buffer) => {
        const durationMs = performance.now() - begun;
        if (proxy.observe)
          observeCall(proxy.observe, { operation: target, body, status, answer, durationMs });
      };
      const fault = proxy.faults?.(target, body);
      if (fault) return observe(fault.status, refuse(response, fault));
      const asked = proxy.observe ? askForCapacity(target, body) : body;
      forward(engine, request, asked, response, proxy.hopMs, (status, answer) => {
        observe(status, answer);
        if (status !== 200) return;
        const tables = listeners.size > 0 ? writtenTables(target, body) : [];
        if (tables.length > 0) announceWrite(tables);
      });
    });
  };

  const listening: Listening = await listen(serve);
  // Longer than an SDK leaves a connection idle between two calls of a quiet function: no reset races.
  listening.server.keepAliveTimeout = 65_000;
  const proxy: DynamoDbProxy = {
    url: listening.url,
    announceWrite,
    onWrite(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      await listening.close();
      await engine.destroy();
    },
  };
  return proxy;
}

/** Whoever signs with a key that the local cloud has given out may do what the key's role may; in AWS's words. */
function refusalOf(
  request: IncomingMessage,
  operation: string,
  body: Buffer,
  credentials: Credentials,
  authorize: Authorize,
): { status: number; body: Record<string, string> } | undefined {
  const coral = (type: string, Message: string) => ({
    status: 400,
    body: { __type: `com.amazon.coral.service#${type}`, Message },
  });
  const principal = credentials.principal(request.headers.authorization);
  if (!principal)
    return coral('UnrecognizedClientException', 'The security token included in the request is invalid.');
  const permissions = dynamoDbPermissions(operation, body);
  if (!permissions)
    return coral(
      'UnknownOperationException',
      `The local cloud does not know what permissions this ${operation} needs.`,
    );
  const denial = firstDenial(authorize, principal, permissions);
  return denial === undefined ? undefined : coral('AccessDeniedException', denial);
}

/** Returns what it answered. */
function refuse(response: ServerResponse, { status, type, message }: Fault): Buffer {
  return answerJson(response, status, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message });
}

function answerJson(response: ServerResponse, status: number, body: Record<string, string>): Buffer {
  const answer = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer);
  return answer;
}

function forward(
  engine: Pool,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  hopMs: Draw | undefined,
  onAnswer: (status: number, answer: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  let status = 0;
  let headers: Record<string, string | string[]> = {};
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart() {},
    onResponseStart(_, statusCode, received) {
      status = statusCode;
      headers = endToEnd(received);
    },
    onResponseData(_, chunk) {
      chunks.push(chunk);
    },
    onResponseEnd() {
      const answer = Buffer.concat(chunks);
      headers['content-length'] = String(answer.length);
      const write = () => response.writeHead(status, headers).end(answer);
      if (hopMs) setTimeout(write, hopMs());
      else write();
      onAnswer(status, answer);
    },
    onResponseError(_, error) {
      // A 500, so that the SDK tries again, as it would against AWS.
      const message = `The DynamoDB engine did not answer: ${error.message}`;
      if (response.headersSent) return;
      onAnswer(500, refuse(response, { status: 500, type: 'InternalServerError', message }));
    },
  };
  const sent = { ...endToEnd(request.headers), 'content-length': String(body.length) };
  engine.dispatch({ method: 'POST', path: request.url ?? '/', headers: sent, body }, handler);
}

function endToEnd(headers: Record<string, string | string[] | undefined>): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !hopByHop.has(name)) kept[name] = value;
  }
  return kept;
}

/** `PutItem` of `X-Amz-Target: DynamoDB_20120810.PutItem`. */
function operation(request: IncomingMessage): string {
  const target = request.headers['x-amz-target'];
  return typeof target === 'string' ? target.slice(target.indexOf('.') + 1) : '';
}
