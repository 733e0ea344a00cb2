import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Credentials } from '../credentials.ts';
import { readBody } from '../http.ts';
import type { FunctionConfiguration } from './function-configuration.ts';
import type { InvocationResult, Invoker } from './invoker.ts';
import { ResourceNotFoundError } from './lambda.ts';

/** An event source mapping, as ListEventSourceMappings describes it. */
export interface MappingSummary {
  id: string;
  sourceArn: string;
  /** Name or ARN. */
  functionName: string;
  enabled: boolean;
  batchSize: number;
}

interface Needs {
  invoker: Invoker;
  functions(): FunctionConfiguration[];
  mappings(): MappingSummary[];
  credentials: Credentials;
}

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

/**
 * What an operator calls of Lambda's REST API: Invoke, ListFunctions and ListEventSourceMappings, both in one page. Calls
 * that no key of ours signed are refused.
 */
export function lambdaApi(needs: Needs): RequestListener {
  return (request, response) => {
    answer(request, needs).then(
      (answered) => send(response, answered),
      (error: unknown) => send(response, failure(500, 'ServiceException', String(error))),
    );
  };
}

async function answer(request: IncomingMessage, needs: Needs): Promise<Answer> {
  const body = await readBody(request);
  if (!needs.credentials.principal(request.headers.authorization)) {
    const message = 'The security token included in the request is invalid.';
    return failure(403, 'UnrecognizedClientException', message);
  }
  const path = new URL(request.url ?? '/', 'http://lambda').pathname.replace(/\/$/, '');
  const call = `${request.method} ${path}`;
  const invoked = /^POST \/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(call)?.[1];
  if (invoked) {
    const asynchronous = request.headers['x-amz-invocation-type'] === 'Event';
    return await invoke(decodeURIComponent(invoked), body, asynchronous, needs.invoker);
  }
  if (call === 'GET /2015-03-31/functions') return json({ Functions: needs.functions().map(describe) });
  if (call === 'GET /2015-03-31/event-source-mappings') {
    return json({ EventSourceMappings: needs.mappings().map(describeMapping) });
  }
  return failure(404, 'UnknownOperationException', `${call} is not played by the local cloud.`);
}

async function invoke(fn: string, body: Buffer, asynchronous: boolean, invoker: Invoker): Promise<Answer> {
  let event: unknown;
  try {
    event = JSON.parse(body.toString('utf8') || '{}');
  } catch (error) {
    return failure(400, 'InvalidRequestContentException', `Could not parse request body into json: ${error}`);
  }
  try {
    if (!asynchronous) return invoked(await invoker.invoke(fn, event));
    invoker.invokeAsync(fn, event);
    return { status: 202, body: '' };
  } catch (error) {
    if (error instanceof ResourceNotFoundError) return failure(404, error.name, error.message);
    throw error;
  }
}

/** A function that fails is a call that succeeds: only the header tells. */
function invoked(result: InvocationResult): Answer {
  if (result.ok) return json(result.payload);
  const { errorType, errorMessage, stackTrace } = result;
  if (errorType === 'TooManyRequestsException') return failure(429, errorType, errorMessage);
  return {
    ...json({ errorType, errorMessage, ...(stackTrace && { trace: stackTrace }) }),
    headers: { 'x-amz-function-error': 'Unhandled' },
  };
}

function describe({ name, arn, runtime, handler, memoryMb, timeoutMs, logGroup }: FunctionConfiguration) {
  return {
    FunctionName: name,
    FunctionArn: arn,
    Runtime: runtime,
    Handler: handler,
    MemorySize: memoryMb,
    Timeout: timeoutMs / 1_000,
    LoggingConfig: { LogGroup: logGroup },
  };
}

function describeMapping({ id, sourceArn, functionName, enabled, batchSize }: MappingSummary) {
  return {
    UUID: id,
    EventSourceArn: sourceArn,
    FunctionArn: functionName,
    State: enabled ? 'Enabled' : 'Disabled',
    BatchSize: batchSize,
  };
}

function json(value: unknown): Answer {
  return { status: 200, body: JSON.stringify(value ?? null) };
}

function failure(status: number, type: string, message: string): Answer {
  return {
    status,
    headers: { 'x-amzn-errortype': type },
    body: JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message }),
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers })
    .end(body);
}
