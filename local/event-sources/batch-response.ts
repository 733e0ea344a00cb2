import { z } from 'zod';
import type { Invoker } from '#local/lambda/invoker.ts';

/** Invokes functions and does not reject. */
export type SafeInvoker = Pick<Invoker, 'invoke'>;

/** What became of a batch. */
export type BatchOutcome =
  /** `failed` holds the identifiers of the records to try again; it is empty when all went well. */
  | { status: 'handled'; failed: ReadonlySet<string> }
  /** The function did not run: it is at its concurrency limit. Does not count as a try. */
  | { status: 'throttled' }
  /** The function failed, or its answer was no list of failures: the whole batch is to be tried again. */
  | { status: 'failed'; reason: string; functionError: boolean };

/** Both null and absent lists mean that all went well ("Success and failure conditions"). */
const batchResponse = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullish();

/** Invokes `functionName` with `records`, whose `identifiers` its answer may name when `reportsFailures`. */
export async function invokeWithBatch(
  invoker: SafeInvoker,
  { functionName, reportsFailures }: { functionName: string; reportsFailures: boolean },
  records: readonly unknown[],
  identifiers: readonly string[],
): Promise<BatchOutcome> {
  const result = await invoker.invoke(functionName, { Records: records });
  if (!result.ok) {
    if (isThrottle(result.errorType)) return { status: 'throttled' };
    return { status: 'failed', reason: `${result.errorType}: ${result.errorMessage}`, functionError: true };
  }
  const none = new Set<string>();
  if (!reportsFailures) return { status: 'handled', failed: none };
  const response = batchResponse.safeParse(result.payload);
  if (!response.success) {
    return {
      status: 'failed',
      reason: 'its response is no list of batch item failures',
      functionError: false,
    };
  }
  const failed = new Set((response.data?.batchItemFailures ?? []).map((failure) => failure.itemIdentifier));
  const given = new Set(identifiers);
  const [first] = [...failed].filter((identifier) => !given.has(identifier));
  if (first !== undefined) {
    return {
      status: 'failed',
      reason: `its response names ${first}, which it was not given`,
      functionError: false,
    };
  }
  return { status: 'handled', failed };
}

/** The error that Invoke answers with 429. */
function isThrottle(errorType: string): boolean {
  return errorType === 'TooManyRequestsException';
}
