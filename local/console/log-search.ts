import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { Logs } from '../lambda/logs.ts';
import { boring } from '../log-line.ts';
import type { Deployment } from '../template/deploy.ts';
import { readEnd } from './log-file.ts';

/** A line of a log as the page shows it. */
export interface LogEntry {
  group: string;
  /** Milliseconds since the epoch; a line without a time has that of the line before it. */
  at: number;
  level: string;
  /** What kind of line: of the function, of Lambda itself, or metrics. */
  kind: 'function' | 'platform' | 'metrics';
  text: string;
  /** The record's other fields, for JSON lines. */
  fields: Record<string, unknown>;
}

export interface LogPage {
  /** Oldest first. */
  entries: LogEntry[];
  /** Where each file was read to: given back, only what is new comes. */
  positions: string;
  /** More lines matched than are shown. */
  isCut: boolean;
}

const positions = z.record(z.string(), z.number().int().min(0));

export const searchRequest = z.object({
  group: z.string().optional(),
  text: z.string().default(''),
  level: z.enum(['', 'WARN', 'ERROR']).default(''),
  /** Lambda's own lines and metrics too. */
  all: z.literal('true').optional(),
  after: z
    .string()
    .transform((text) => positions.parse(JSON.parse(text)))
    .default({}),
});

/** Entries that an answer has. */
const maxEntries = 500;

/** The template's log groups. */
export function logGroups(deployment: Deployment): string[] {
  return deployment
    .find('AWS::Logs::LogGroup')
    .map(({ ref }) => ref)
    .sort();
}

/** Looks through the ends of the groups' files, or through what has come since. */
export async function searchLogs(
  logs: Logs,
  groups: string[],
  { group: wanted, text, level, all, after }: z.output<typeof searchRequest>,
): Promise<LogPage> {
  const sought = text.toLowerCase();
  const read: Record<string, number> = {};
  const found: LogEntry[] = [];
  for (const group of groups) {
    const file = logs.file(group);
    if ((wanted && wanted !== group) || !existsSync(file)) continue;
    const { lines, position } = await readEnd(file, after[group]);
    read[group] = position;
    let at = 0;
    for (const line of lines) {
      // Reading a line's JSON is dear, and most do not match.
      if (sought !== '' && !line.toLowerCase().includes(sought)) continue;
      const entry = parseEntry(group, line, at);
      at = entry.at;
      if (all === undefined && entry.kind !== 'function') continue;
      if (level !== '' && severity(entry.level) < severity(level)) continue;
      found.push(entry);
    }
  }
  found.sort((a, b) => a.at - b.at);
  const entries = found.slice(-maxEntries);
  return { entries, positions: JSON.stringify(read), isCut: entries.length < found.length };
}

function parseEntry(group: string, line: string, lastAt: number): LogEntry {
  const record = parse(line);
  if (!record) {
    const level = /\b(ERROR|WARN)\b/.exec(line)?.[1] ?? 'INFO';
    const kind = /^(START|END|REPORT|INIT_START) /.test(line) ? 'platform' : 'function';
    return { group, at: lastAt, level, kind, text: line, fields: {} };
  }
  const { time, timestamp, level, message, type, record: platform, _aws: metrics, ...fields } = record;
  const at = timeOf(time ?? timestamp ?? record.requestTime) ?? emfTime(metrics) ?? lastAt;
  if (metrics !== undefined) return { group, at, level: 'INFO', kind: 'metrics', text: 'metrics', fields };
  if (typeof type === 'string' && type.startsWith('platform.')) {
    const details = typeof platform === 'object' && platform !== null ? { ...platform } : {};
    const failed = 'status' in details && details.status !== 'success';
    const label = failed ? 'ERROR' : 'INFO';
    return { group, at, level: label, kind: failed ? 'function' : 'platform', text: type, fields: details };
  }
  return {
    group,
    at,
    level: typeof level === 'string' ? level.toUpperCase() : 'INFO',
    kind: 'function',
    text: typeof message === 'string' ? message : message === undefined ? '' : JSON.stringify(message),
    fields: Object.fromEntries(Object.entries(fields).filter(([name]) => !boring.has(name))),
  };
}

const severities = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL'];

function severity(level: string): number {
  const found = severities.indexOf(level === 'FATAL' ? 'CRITICAL' : level);
  return found < 0 ? 2 : found;
}

function timeOf(time: unknown): number | undefined {
  const at = typeof time === 'number' ? time : typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

function emfTime(metrics: unknown): number | undefined {
  return typeof metrics === 'object' && metrics !== null && 'Timestamp' in metrics
    ? timeOf(metrics.Timestamp)
    : undefined;
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(line)).data;
  } catch {
    // A brace alone makes no JSON: such a line is shown as it is.
    return undefined;
  }
}
