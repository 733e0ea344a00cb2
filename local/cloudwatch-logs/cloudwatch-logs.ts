import { createReadStream, existsSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Credentials } from '#local/credentials.ts';
import { awsJsonApi, parseInput } from '#local/eventbridge/api.ts';
import type { Logs } from '#local/lambda/logs.ts';
import { compileFilterPattern } from './filter-pattern.ts';

const filterLogEvents = z.object({
  logGroupName: z.string(),
  /** Milliseconds since the epoch; both are within the range. */
  startTime: z.number().int().optional(),
  endTime: z.number().int().optional(),
  filterPattern: z.string().optional(),
  limit: z.number().int().min(1).max(10_000).default(10_000),
  /** Ours: the number of the line to go on from. */
  nextToken: z.string().regex(/^\d+$/).optional(),
});

interface LogEvent {
  eventId: string;
  logStreamName: string;
  timestamp: number;
  ingestionTime: number;
  message: string;
}

/** CloudWatch Logs for its readers: FilterLogEvents over the groups' files. A group that nobody wrote to is empty. */
export function cloudWatchLogsApi(logs: Logs, credentials: Credentials): RequestListener {
  return awsJsonApi(
    'Logs_20140328',
    { FilterLogEvents: (input) => filter(logs, parseInput(filterLogEvents, input)) },
    credentials,
  );
}

async function filter(logs: Logs, request: z.output<typeof filterLogEvents>) {
  const { logGroupName, startTime = 0, endTime = Number.POSITIVE_INFINITY, limit } = request;
  const matches = compileFilterPattern(request.filterPattern);
  const file = logs.file(logGroupName);
  const events: LogEvent[] = [];
  if (!existsSync(file)) return { events, searchedLogStreams: [] };

  const from = Number(request.nextToken ?? 0);
  let number = 0;
  let timestamp = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    // A line without a time, as of a stack, was written with the one before it.
    timestamp = timeOf(line) ?? timestamp;
    if (number++ < from || timestamp < startTime || timestamp > endTime || !matches(line)) continue;
    if (events.length === limit) return { events, searchedLogStreams: [], nextToken: String(number - 1) };
    events.push({
      eventId: String(number),
      logStreamName: 'local',
      timestamp,
      ingestionTime: timestamp,
      message: line,
    });
  }
  return { events, searchedLogStreams: [] };
}

/** Lambda's and Powertools' lines begin with their time or have it near their end: in ISO 8601, to the millisecond. */
function timeOf(line: string): number | undefined {
  const [, iso, epoch] = /"(?:time|timestamp)":"([^"]+)"|"_aws":\{"Timestamp":(\d+)/.exec(line) ?? [];
  const time = iso ? Date.parse(iso) : Number(epoch);
  return Number.isNaN(time) ? undefined : time;
}
