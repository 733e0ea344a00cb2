import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Credentials, Principal } from '../credentials.ts';
import { readBody } from '../http.ts';
import { ApiError } from './api-error.ts';

/** Operations by name: each takes the parsed JSON of the request, and who calls, and returns the answer's JSON. */
export type Operations = Record<string, (input: unknown, principal: Principal) => unknown>;

/**
 * EventBridge's wire protocol, AWS JSON 1.1: one path, the operation's name in `X-Amz-Target`. Calls that no key of
 * ours signed are refused with 403; the signature itself is not computed anew.
 */
export function awsJsonApi(
  prefix: string,
  operations: Operations,
  credentials: Credentials,
): RequestListener {
  return (request, response) => {
    answer(request).then(
      (output) => send(response, 200, output),
      (error: unknown) => {
        const refusal = error instanceof ApiError ? error : internal(error);
        send(response, refusal.status, { __type: refusal.code, message: refusal.message });
      },
    );
  };

  async function answer(request: IncomingMessage): Promise<unknown> {
    const received = await readBody(request);
    // The SDK compresses metrics of more than 10 KB.
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(received) : received;
    const principal = authenticate(request.headers.authorization, credentials);
    const [service, name = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
    const operation = service === prefix ? operations[name] : undefined;
    if (!operation)
      throw new ApiError('UnknownOperationException', `${name} is not played by the local cloud.`);
    return operation(parse(body), principal);
  }
}

/** Parses an operation's input; a wrong type is AWS's SerializationException. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ApiError('SerializationException', z.prettifyError(parsed.error));
}

function authenticate(authorization: string | undefined, credentials: Credentials): Principal {
  if (!authorization) {
    throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  const principal = credentials.principal(authorization);
  if (principal) return principal;
  const message = 'The security token included in the request is invalid.';
  throw new ApiError('UnrecognizedClientException', message, 403);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8') || '{}');
  } catch (error) {
    throw new ApiError('SerializationException', error instanceof Error ? error.message : 'Not JSON');
  }
}

function internal(error: unknown): ApiError {
  return new ApiError('InternalException', error instanceof Error ? error.message : String(error), 500);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': randomUUID(),
  });
  response.end(JSON.stringify(body));
}
