import { styleText } from 'node:util';

/**
 * One line of a function's log for a terminal: `12:00:01.250 INFO  delivered room=general posts=12`. JSON lines
 * (Powertools' logger, Lambda's own records, metrics) are put in that shape; any other line stays as it is.
 */
export function formatLogLine(line: string): string {
  const record = parseRecord(line);
  if (!record) return line;
  const { time, timestamp, level, type, message, record: platform, _aws: metrics, ...fields } = record;
  const clock = clockTime(time ?? timestamp ?? timestampOf(metrics));
  if (metrics !== undefined) return join(clock, label('METRIC'), pairs(fields));
  if (typeof type === 'string' && isRecord(platform)) {
    return join(clock, label('LAMBDA'), type.replace('platform.', ''), pairs(platform));
  }
  const text = typeof message === 'string' ? message : JSON.stringify(message ?? '');
  return join(clock, label(String(level ?? 'INFO')), text, pairs(fields));
}

/** The same in every line of a function, or an id that nobody reads. */
export const boring: ReadonlySet<string> = new Set([
  'service',
  'sampling_rate',
  'cold_start',
  'function_name',
  'function_arn',
  'function_memory_size',
  'function_request_id',
  'functionName',
  'functionVersion',
  'requestId',
  'xray_trace_id',
  'version',
]);

const colours = {
  ERROR: 'red',
  CRITICAL: 'red',
  FATAL: 'red',
  WARN: 'yellow',
  DEBUG: 'gray',
  TRACE: 'gray',
} as const;

function label(level: string): string {
  const colour = Object.entries(colours).find(([name]) => name === level)?.[1];
  return styleText(colour ?? 'cyan', level.padEnd(6), { validateStream: false });
}

/** `key=value`, errors with their stack below. */
function pairs(fields: Record<string, unknown>): string {
  const shown = Object.entries(fields).filter(([name]) => !boring.has(name));
  const stacks = shown.flatMap(([, value]) => (isRecord(value) && value.stack ? [`\n${value.stack}`] : []));
  const texts = shown.map(([name, value]) => {
    const { stack: _stack, ...rest } = isRecord(value) ? value : {};
    const text = typeof value === 'string' ? value : JSON.stringify(isRecord(value) ? rest : value);
    return `${styleText('dim', `${name}=`, { validateStream: false })}${text}`;
  });
  return texts.join(' ') + stacks.join('');
}

function join(...parts: string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

/** Hours, minutes, seconds and milliseconds, by this machine's clock. */
function clockTime(time: unknown): string {
  const date = new Date(typeof time === 'number' ? time : String(time));
  if (Number.isNaN(date.getTime())) return '';
  const at = (value: number, length: number) => String(value).padStart(length, '0');
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) =>
    at(n, 2),
  );
  return styleText('dim', `${hours}:${minutes}:${seconds}.${at(date.getMilliseconds(), 3)}`, {
    validateStream: false,
  });
}

function timestampOf(metrics: unknown): unknown {
  return isRecord(metrics) ? metrics.Timestamp : undefined;
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const parsed: unknown = JSON.parse(line);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    // A brace alone makes no JSON: such a line is shown as it is.
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
