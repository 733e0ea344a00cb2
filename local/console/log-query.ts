import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { Logs } from '../lambda/logs.ts';
import { readEnd } from './log-file.ts';

/** The query asks for more of Logs Insights than is played. */
export class LogQueryError extends Error {
  override readonly name = 'LogQueryError';
}

export interface LogQueryResult {
  columns: string[];
  rows: string[][];
}

/** Rows of an answer; AWS gives 10,000. */
const maxRows = 100;

type Row = Record<string, unknown>;
type Stage = (rows: Row[]) => Row[];

/**
 * Runs a Logs Insights query over the ends of the groups' files. Played are `fields` of plain names, `filter` of
 * comparisons joined by `and`, `stats` of counts, sums, extremes and averages `by` plain names, `sort`, `limit` and `display`.
 * @throws LogQueryError for any other
 */
export async function runLogQuery(
  logs: Logs,
  query: string,
  { start, end }: { start: number; end: number },
): Promise<LogQueryResult> {
  const groups: string[] = [];
  const stages: Stage[] = [];
  let columns = ['@timestamp', '@message'];
  for (const part of query.split(/\n\s*\||\|(?=\s*[a-zA-Z])/).map((text) => text.trim())) {
    const [, command = '', rest = ''] = /^(\w+)\s*([\s\S]*)$/.exec(part) ?? [];
    if (part === '' || part.startsWith('#')) continue;
    if (command === 'SOURCE')
      groups.push(...rest.split(/[,|]/).map((name) => name.trim().replaceAll("'", '')));
    else if (command === 'fields' || command === 'display') columns = plainNames(rest);
    else if (command === 'filter') stages.push(filter(rest));
    else if (command === 'sort') stages.push(sort(rest));
    else if (command === 'limit') stages.push((rows) => rows.slice(0, Number(rest)));
    else if (command === 'stats') {
      const { stage, names } = stats(rest);
      stages.push(stage);
      columns = names;
    } else throw new LogQueryError(`The command ${command} is not played by the local cloud`);
  }
  let rows = (await Promise.all(groups.map((group) => read(logs, group)))).flat();
  rows = rows.filter(({ '@timestamp': at }) => typeof at === 'number' && at >= start && at <= end);
  for (const stage of stages) rows = stage(rows);
  return {
    columns,
    rows: rows.slice(0, maxRows).map((row) => columns.map((name) => textOf(name, fieldOf(row, name)))),
  };
}

const record = z.record(z.string(), z.unknown());

async function read(logs: Logs, group: string): Promise<Row[]> {
  const file = logs.file(group);
  if (!existsSync(file)) return [];
  const { lines } = await readEnd(file);
  return lines.flatMap((line) => {
    if (!line.startsWith('{')) return [];
    const { data } = record.safeParse(JSON.parse(line));
    if (!data) return [];
    const emf = record.safeParse(data._aws).data?.Timestamp;
    const time = data.timestamp ?? data.time ?? emf;
    const at = typeof time === 'number' ? time : Date.parse(String(time));
    return [{ ...data, '@timestamp': at, '@message': line, '@log': group }];
  });
}

/** A field by its path, `record.metrics.durationMs`. */
function fieldOf(row: Row, path: string): unknown {
  if (path in row) return row[path];
  return path
    .replaceAll('`', '')
    .split('.')
    .reduce<unknown>((value, name) => {
      if (Array.isArray(value)) return value[Number(name)];
      return record.safeParse(value).data?.[name];
    }, row);
}

function textOf(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (name === '@timestamp' && typeof value === 'number') return new Date(value).toISOString().slice(11, 23);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function plainNames(text: string): string[] {
  return text.split(',').map((part) => {
    const name = part.trim();
    if (!/^[@\w.`]+$/.test(name))
      throw new LogQueryError(`The field ${name} is not played by the local cloud`);
    return name;
  });
}

function filter(text: string): Stage {
  const tests = text.split(/\s+and\s+/i).map(comparison);
  return (rows) => rows.filter((row) => tests.every((test) => test(row)));
}

function comparison(text: string): (row: Row) => boolean {
  const trimmed = text.trim();
  const [, present] = /^ispresent\(([\w@.]+)\)$/i.exec(trimmed) ?? [];
  if (present) return (row) => fieldOf(row, present) !== undefined;
  const [, name = '', operator = '', literal = ''] =
    /^([\w@.`]+)\s*(=|!=|>=|<=|>|<|\blike\b|\bin\b)\s*([\s\S]+)$/i.exec(trimmed) ?? [];
  const value = literalOf(literal.trim());
  if (name === '' || value === undefined)
    throw new LogQueryError(`The filter ${trimmed} is not played by the local cloud`);
  const compare = comparisons[operator.toLowerCase()];
  if (!compare) throw new LogQueryError(`The operator ${operator} is not played by the local cloud`);
  return (row) => compare(fieldOf(row, name), value);
}

type Literal = string | number | RegExp | (string | number)[];

const comparisons: Record<string, (field: unknown, value: Literal) => boolean> = {
  '=': (field, value) => String(field) === String(value),
  '!=': (field, value) => String(field) !== String(value),
  '>': (field, value) => Number(field) > Number(value),
  '<': (field, value) => Number(field) < Number(value),
  '>=': (field, value) => Number(field) >= Number(value),
  '<=': (field, value) => Number(field) <= Number(value),
  like: (field, value) =>
    value instanceof RegExp ? value.test(String(field ?? '')) : String(field ?? '').includes(String(value)),
  in: (field, value) => Array.isArray(value) && value.some((one) => String(one) === String(field)),
};

function literalOf(text: string): Literal | undefined {
  const [, pattern, flags] = /^\/(.*)\/(i?)$/.exec(text) ?? [];
  if (pattern !== undefined) return new RegExp(pattern, flags);
  const [, quoted] = /^["']([^"']*)["']$/.exec(text) ?? [];
  if (quoted !== undefined) return quoted;
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  const [, list] = /^\[([^\]]*)\]$/.exec(text) ?? [];
  const items = list?.split(',').map((item) => literalOf(item.trim()));
  return items?.every((item) => typeof item === 'string' || typeof item === 'number') ? items : undefined;
}

function sort(text: string): Stage {
  const [, name, direction] = /^([\w@.`]+)(?:\s+(asc|desc))?$/i.exec(text.trim()) ?? [];
  if (name === undefined) throw new LogQueryError(`The sort ${text} is not played by the local cloud`);
  const sign = direction?.toLowerCase() === 'asc' ? 1 : -1;
  return (rows) => rows.toSorted((a, b) => sign * compareValues(fieldOf(a, name), fieldOf(b, name)));
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a ?? '').localeCompare(String(b ?? ''));
}

function stats(text: string): { stage: Stage; names: string[] } {
  const [, list = '', by = ''] = /^([\s\S]*?)(?:\s+by\s+([\s\S]+))?$/.exec(text.trim()) ?? [];
  const keys = by === '' ? [] : plainNames(by);
  const totals = list.split(/,(?![^(]*\))/).map((part) => {
    const [, fn, argument = '', alias] =
      /^(count_distinct|count|sum|max|min|avg)\(([\w@.*]*)\)(?:\s+as\s+(\w+))?$/.exec(part.trim()) ?? [];
    if (fn === undefined)
      throw new LogQueryError(`The statistic ${part.trim()} is not played by the local cloud`);
    return { fn, argument, name: alias ?? part.trim() };
  });
  const stage: Stage = (rows) => {
    const groups = Map.groupBy(rows, (row) => JSON.stringify(keys.map((key) => fieldOf(row, key))));
    return [...groups.values()].map((group) => ({
      ...Object.fromEntries(keys.map((key) => [key, fieldOf(group[0] ?? {}, key)])),
      ...Object.fromEntries(totals.map(({ fn, argument, name }) => [name, total(fn, argument, group)])),
    }));
  };
  return { stage, names: [...keys, ...totals.map(({ name }) => name)] };
}

function total(fn: string, argument: string, rows: Row[]): number {
  const fields = rows.map((row) => fieldOf(row, argument));
  if (fn === 'count')
    return argument === '' || argument === '*'
      ? rows.length
      : fields.filter((field) => field !== undefined).length;
  if (fn === 'count_distinct') return new Set(fields.filter((field) => field !== undefined)).size;
  const values = fields.map(Number).filter(Number.isFinite);
  if (fn === 'max') return Math.max(...values);
  if (fn === 'min') return Math.min(...values);
  const sum = values.reduce((all, value) => all + value, 0);
  return fn === 'avg' ? sum / values.length : sum;
}
