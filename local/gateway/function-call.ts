import type { InvocationResult, Invoker } from '#local/lambda/invoker.ts';

/** What came of a synchronous call, with `timedOut` when the integration's time ran out (the function runs on). */
export type CallResult = InvocationResult | { ok: false; timedOut: true; errorMessage: string };

/** Calls a function and waits `timeoutMs` at most. A function that cannot be called at all is a failed call. */
export async function callFunction(
  invoker: Invoker,
  fn: string,
  event: unknown,
  timeoutMs: number,
): Promise<CallResult> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<CallResult>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, timedOut: true, errorMessage: 'Endpoint request timed out' }),
      timeoutMs,
    );
  });
  const call = invoker.invoke(fn, event).catch(
    (error: unknown): CallResult => ({
      ok: false,
      errorType: 'InvocationFailed',
      errorMessage: error instanceof Error ? error.message : String(error),
    }),
  );
  try {
    return await Promise.race([call, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

export function timedOut(result: CallResult): boolean {
  return 'timedOut' in result;
}
