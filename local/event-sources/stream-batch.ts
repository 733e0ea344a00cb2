import { Backoff, type RetryDelay } from './backoff.ts';
import type { BatchOutcome } from './batch-response.ts';
import type { Discarded } from './failure-destination.ts';
import type { StreamMappingConfig } from './properties.ts';
import type { StreamRecord } from './stream-record.ts';

/** What the processing of a batch needs of its surroundings. */
export interface BatchRun {
  config: StreamMappingConfig;
  retryDelay: RetryDelay;
  stopping: AbortSignal;
  /** Resolves when the mapping may invoke its function. */
  ready(): Promise<void>;
  invoke(records: readonly StreamRecord[]): Promise<BatchOutcome>;
  /** These records need no more: they were handled, or discarded. */
  done(records: readonly StreamRecord[]): void;
  /** Tells of records that are given up. Does not reject. */
  discard(
    discarded: Pick<Discarded, 'records' | 'condition' | 'invocations' | 'functionError'>,
    reason: string,
  ): Promise<void>;
}

/** A batch, or a part of one, that is still to be handled. */
interface Part {
  records: readonly StreamRecord[];
  /** Invocations that count against MaximumRetryAttempts. */
  tries: number;
  invocations: number;
  functionError: boolean;
  reason: string;
}

/** DynamoDB keeps stream records for so long. */
const retentionSeconds = 24 * 3600;

/**
 * Invokes the function until every record of the batch is handled or discarded, in order: what comes behind in the
 * shard waits. Returns early, with records left over, when `stopping` aborts.
 */
export async function processBatch(records: readonly StreamRecord[], run: BatchRun): Promise<void> {
  const backoff = new Backoff(run.retryDelay);
  /** Later parts first. */
  const parts: Part[] = [{ records, tries: 0, invocations: 0, functionError: false, reason: '' }];
  for (let part = parts.pop(); part; part = parts.pop()) {
    await run.ready();
    if (run.stopping.aborted) return;
    const fresh = await discardExpired(part, run);
    if (fresh.records.length === 0) continue;
    const outcome = await run.invoke(fresh.records);
    const left = settle(fresh, outcome, run);
    if (!left) {
      backoff.reset();
      continue;
    }
    const next = await split(left, run);
    parts.push(...next.toReversed());
    if (next.length > 0) await backoff.wait(run.stopping);
  }
}

/** What is left of a part after its invocation; undefined when that is nothing. */
function settle(part: Part, outcome: BatchOutcome, run: BatchRun): (Part & { atFault: boolean }) | undefined {
  if (outcome.status === 'throttled') return { ...part, atFault: false };
  const invocations = part.invocations + 1;
  if (outcome.status === 'failed') {
    const { reason, functionError } = outcome;
    return { ...part, tries: part.tries + 1, invocations, functionError, reason, atFault: true };
  }
  // Records are in order: the first that failed has the lowest sequence number, and what is behind it replays.
  const first = part.records.findIndex((record) => outcome.failed.has(record.sequenceNumber));
  if (first === -1) {
    run.done(part.records);
    return undefined;
  }
  run.done(part.records.slice(0, first));
  const left = { ...part, records: part.records.slice(first), invocations, functionError: false };
  // With bisecting, getting on to the failed record is a split at it, and splits are free.
  const isSplit = run.config.bisect && first > 0;
  return {
    ...left,
    tries: part.tries + (isSplit ? 0 : 1),
    reason: 'the function reported it as failed',
    atFault: !isSplit,
  };
}

/** The parts to try next, in order: none where the retries are used up. */
async function split({ atFault, ...part }: Part & { atFault: boolean }, run: BatchRun): Promise<Part[]> {
  if (!atFault) return [part];
  if (run.config.bisect && part.records.length > 1) {
    const half = Math.ceil(part.records.length / 2);
    // "Splitting a batch does not consume the retry quota."
    const tries = part.tries - 1;
    return [
      { ...part, tries, records: part.records.slice(0, half) },
      { ...part, tries, records: part.records.slice(half) },
    ];
  }
  if (run.config.maxRetries === -1 || part.tries <= run.config.maxRetries) return [part];
  await run.discard({ ...part, condition: 'RetryAttemptsExhausted' }, part.reason);
  run.done(part.records);
  return [];
}

/** Discards the records that are too old, which come first, and returns the part without them. */
async function discardExpired(part: Part, run: BatchRun): Promise<Part> {
  const { maxAgeSeconds } = run.config;
  // Without a limit, retries end with the stream's retention; what the stream still gives out is tried once.
  if (maxAgeSeconds === -1 && part.invocations === 0) return part;
  const oldest = Date.now() - (maxAgeSeconds === -1 ? retentionSeconds : maxAgeSeconds) * 1000;
  const fresh = part.records.findIndex((record) => record.writtenAt >= oldest);
  if (fresh === 0) return part;
  const expired = fresh === -1 ? part.records : part.records.slice(0, fresh);
  await run.discard({ ...part, records: expired, condition: 'RecordAgeExceeded' }, part.reason);
  run.done(expired);
  return { ...part, records: part.records.slice(expired.length) };
}
