/** How the other parts of the local cloud call functions. */
export interface Invoker {
  /** RequestResponse: waits for the result. Unknown function: rejects. `fn` is a name or an ARN. */
  invoke(fn: string, event: unknown): Promise<InvocationResult>;
  /** Event: queued, tried up to three times (Lambda's two retries), then its on-failure destination or DLQ. */
  invokeAsync(fn: string, event: unknown): void;
}

/** A handler's result after JSON, or the error that it threw (or `Sandbox.Timedout`, `Runtime.ExitError`…). */
export type InvocationResult =
  | { ok: true; payload: unknown }
  | { ok: false; errorType: string; errorMessage: string; stackTrace?: string[] };
