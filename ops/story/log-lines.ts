import { type CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { z } from 'zod';

/** What a stage logged of a room's messages (shared/observability/logger.ts, services/deliver/deliver.ts, services/notify/notify.ts). */
const logLine = z.object({
  timestamp: z.iso.datetime({ offset: true }).transform((time) => Date.parse(time)),
  level: z.string(),
  message: z.string(),
  room: z.string(),
  seqs: z.array(z.number()).default([]),
  shard: z.number().optional(),
  delivered: z.number().optional(),
  gone: z.number().optional(),
  failed: z.number().optional(),
  posts: z.number().optional(),
  people: z.number().optional(),
  browsers: z.number().optional(),
  /** From the job's picking up to its last answer. */
  milliseconds: z.number().optional(),
  error: z.object({ name: z.string(), message: z.string() }).optional().catch(undefined),
});

export interface LogLine extends z.output<typeof logLine> {
  /** The stage that wrote it. */
  service: string;
}

/** The stages that a message goes through, in its order. */
const stages = ['send-message', 'dispatch', 'publish', 'deliver', 'notify'] as const;

/** What the stages logged of a room between two times (milliseconds since the epoch), oldest first. */
export async function readLines(
  client: CloudWatchLogsClient,
  room: string,
  from: number,
  to: number,
  onProgress: (lines: number) => void,
): Promise<LogLine[]> {
  let found = 0;
  const read = async (service: string) => {
    const lines: LogLine[] = [];
    const pages = paginateFilterLogEvents(
      { client },
      {
        logGroupName: `/fanfare/${service}`,
        // An array's items cannot be asked for: which seqs a line is of is looked at here.
        filterPattern: `{ $.room = ${JSON.stringify(room)} }`,
        startTime: from,
        endTime: to,
      },
    );
    for await (const { events = [] } of pages) {
      found += events.length;
      onProgress(found);
      lines.push(...events.flatMap(({ message = '' }) => parseLine(service, message)));
    }
    return lines;
  };
  return (await Promise.all(stages.map(read))).flat().toSorted((a, b) => a.timestamp - b.timestamp);
}

/** Nothing for a line of another kind: with a room, but none of a stage. */
function parseLine(service: string, text: string): LogLine[] {
  const line = logLine.safeParse(JSON.parse(text));
  return line.success ? [{ service, ...line.data }] : [];
}
