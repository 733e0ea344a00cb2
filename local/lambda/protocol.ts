/** What a worker thread is told as it starts. */
export interface EnvironmentData {
  functionName: string;
  functionArn: string;
  /** The folder of the bundle: `/var/task` on AWS. */
  taskRoot: string;
  /** `file.export`, as in the template. */
  handler: string;
  memoryMb: number;
  timeoutMs: number;
  logGroup: string;
  logStream: string;
  /** The function's own NODE_OPTIONS: kept from Node, which would refuse to start a thread with most of them. */
  nodeOptions: string | undefined;
}

/** Host → environment: one event, as JSON. The next one follows the reply. */
export interface InvokeMessage {
  requestId: string;
  event: string;
}

/** An error as Lambda reports it to whoever invoked. */
export interface InvocationError {
  errorType: string;
  errorMessage: string;
  stackTrace?: string[];
}

/** Environment → host. */
export type EnvironmentMessage =
  | { type: 'ready' }
  /** The handler is done: with its result as JSON, or with an error after which the environment goes on. */
  | { type: 'done'; durationMs: number; payload: string }
  | { type: 'done'; durationMs: number; error: InvocationError }
  /** The environment cannot go on: it exits after this. */
  | { type: 'fatal'; error: InvocationError }
  | { type: 'output'; stream: 'stdout' | 'stderr'; text: string };
