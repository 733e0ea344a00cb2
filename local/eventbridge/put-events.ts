import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { account, region } from '../aws.ts';
import { ApiError } from './api-error.ts';
import { isJsonObject } from './matcher.ts';

/** What rules match and targets receive. */
export interface EventEnvelope {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  /** ISO 8601 without milliseconds. */
  time: string;
  region: string;
  resources: string[];
  detail: Record<string, unknown>;
}

/** One entry of PutEvents as it crosses the wire; which fields must be there is checked entry by entry. */
const entrySchema = z.object({
  /** Seconds since the epoch. */
  Time: z.number().nullish(),
  Source: z.string().nullish(),
  Resources: z.array(z.string()).nullish(),
  DetailType: z.string().nullish(),
  Detail: z.string().nullish(),
  EventBusName: z.string().nullish(),
  TraceHeader: z.string().nullish(),
});

export type PutEventsEntry = z.infer<typeof entrySchema>;

export interface EntryError {
  ErrorCode: string;
  ErrorMessage: string;
}

export const putEventsRequest = z.object({ Entries: z.array(entrySchema) });

/** Service quota "PutEvents entries": entries of one call. */
const maxEntries = 10;

/** All entries of one call together, in bytes (PutEvents in the API reference: "less than 1MB"). */
const maxBytes = 1024 * 1024;

/** Refuses a whole call as EventBridge does. Throws ApiError. */
export function checkRequest(entries: PutEventsEntry[]): void {
  const bound = entries.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${maxEntries}`;
  if (entries.length === 0 || entries.length > maxEntries) {
    throw new ApiError(
      'ValidationException',
      `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${bound}`,
    );
  }
  if (entries.reduce((total, entry) => total + sizeOf(entry), 0) >= maxBytes) {
    throw new ApiError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
}

/** The event that an entry becomes, or why that entry alone is refused. */
export function toEnvelope(entry: PutEventsEntry, now: Date): EventEnvelope | EntryError {
  const { Source: source, DetailType: detailType, Detail: detail } = entry;
  if (!source) return missing('Source');
  if (!detailType) return missing('DetailType');
  if (!detail) return missing('Detail');
  if (source.startsWith('aws.')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  const parsed = parseDetail(detail);
  if (!parsed) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source,
    account,
    time: toSeconds(typeof entry.Time === 'number' ? new Date(entry.Time * 1000) : now),
    region,
    resources: entry.Resources ?? [],
    detail: parsed,
  };
}

/** ISO 8601 as events have it: without milliseconds. */
export function toSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** "Calculating PutEvents event entry size" in the user guide. */
function sizeOf(entry: PutEventsEntry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  const bytes = texts.reduce((total, text) => total + Buffer.byteLength(text ?? ''), 0);
  return bytes + (typeof entry.Time === 'number' ? 14 : 0);
}

function missing(field: string): EntryError {
  return {
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${field} is not valid. Reason: ${field} is a required argument.`,
  };
}

function parseDetail(detail: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(detail);
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    // Not JSON: the entry is answered with MalformedDetail.
    return undefined;
  }
}
