import { stripVTControlCharacters, styleText } from 'node:util';
import type { CommonOptions } from './command.ts';

/** Prints a command's result: JSON where it was asked for, else the text. */
export function print({ json }: CommonOptions, result: unknown, text: () => string): void {
  process.stdout.write(`${json ? JSON.stringify(result, undefined, 2) : text()}\n`);
}

type Style = Parameters<typeof styleText>[0];

/** Styles text where standard output is a terminal. */
export function style(format: Style, text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

/** Rows in columns, two spaces apart; columns that `right` names are numbers. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const padding = ' '.repeat((widths[column] ?? 0) - width(cell));
          return right.includes(column) ? padding + cell : cell + padding;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `1,234,567`, with at most `digits` behind the point. */
export function count(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** `1 message`, `2 messages` */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

function width(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
