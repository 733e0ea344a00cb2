import { flushCompileCache } from 'node:module';
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { collectWhenIdle } from '../collect-when-idle.ts';
import { type Handler, loadHandler } from './load-handler.ts';
import { mapStacks } from './mapped-stacks.ts';
import type { EnvironmentData, EnvironmentMessage, InvocationError, InvokeMessage } from './protocol.ts';
import { invocationError, RuntimeError } from './runtime-errors.ts';
import { sendOutputTo } from './worker-output.ts';

/*
 * The inside of an execution environment: what a worker thread runs. It imports the handler's module once, then
 * handles one event at a time. Unlike on AWS, the thread is not frozen between events: what a handler leaves running
 * goes on.
 */

if (!parentPort) throw new Error('environment.ts is started by Lambda as a worker thread');
const port = parentPort;
const data: EnvironmentData = workerData;
let currentRequest: string | undefined;

sendOutputTo(port);
process.on('uncaughtException', (thrown, origin) => exitWith(thrown, origin === 'unhandledRejection'));

delete process.env.NODE_COMPILE_CACHE;
if (data.nodeOptions !== undefined) {
  process.env.NODE_OPTIONS = data.nodeOptions;
  if (/(^|\s)--enable-source-maps(\s|$)/.test(data.nodeOptions)) mapStacks();
}

// Node reads it as a process starts, and this is a thread: without it, nothing is loaded for it.
if (process.env.NODE_EXTRA_CA_CERTS) {
  const [tls, fs] = await Promise.all([import('node:tls'), import('node:fs')]);
  const extra = fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8');
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), extra]);
}

loadHandler(data.taskRoot, data.handler).then(serve, (thrown) => exitWith(thrown, false));

function serve(handler: Handler): void {
  port.on('message', ({ requestId, event }: InvokeMessage) => {
    void handle(handler, requestId, event);
  });
  send({ type: 'ready' });
  flushCompileCache();
  collectWhenIdle();
}

async function handle(handler: Handler, requestId: string, event: string): Promise<void> {
  currentRequest = requestId;
  const startedAt = performance.now();
  try {
    const payload = marshal(await handler(JSON.parse(event), context(requestId)));
    send({ type: 'done', durationMs: performance.now() - startedAt, payload });
  } catch (thrown) {
    const error = invocationError(thrown);
    logError('Invoke Error', error);
    send({ type: 'done', durationMs: performance.now() - startedAt, error });
  }
  currentRequest = undefined;
}

function marshal(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch (error) {
    throw new RuntimeError('Runtime.MarshalError', `Unable to stringify response body: ${error}`);
  }
}

function context(awsRequestId: string) {
  const deadline = performance.now() + data.timeoutMs;
  return {
    functionName: data.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: data.functionArn,
    memoryLimitInMB: String(data.memoryMb),
    awsRequestId,
    logGroupName: data.logGroup,
    logStreamName: data.logStream,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
  };
}

/** As Lambda's runtime does with what nobody caught: report it and end, so that the next event finds a new process. */
function exitWith(thrown: unknown, wasRejection: boolean): void {
  const cause = invocationError(thrown);
  const error = wasRejection
    ? { ...cause, errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: String(thrown) }
    : cause;
  logError(wasRejection ? 'Unhandled Promise Rejection' : 'Uncaught Exception', error);
  send({ type: 'fatal', error });
  process.exit(1);
}

/** The runtime's own line about an error, in the function's log format. */
function logError(title: string, error: InvocationError): void {
  const timestamp = new Date().toISOString();
  const line =
    process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON'
      ? JSON.stringify({ timestamp, level: 'ERROR', requestId: currentRequest, message: error })
      : `${timestamp}\t${currentRequest ?? ''}\tERROR\t${title}\t${JSON.stringify(error)}`;
  process.stderr.write(`${line}\n`);
}

function send(message: EnvironmentMessage): void {
  port.postMessage(message);
}
