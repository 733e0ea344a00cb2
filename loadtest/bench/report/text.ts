import { style, table } from '#ops/output.ts';
import { clock } from '../progress.ts';
import type { BenchReport, BenchSection, Row, Table, Verdict } from '../results.ts';
import { boundText, cellText, machineText, quantity, tally } from './format.ts';

/** Columns of a terminal that a report is laid out for. */
const width = 100;
const gap = 2;
/** Of the first column, which names the rows. */
const widestName = 36;

/** The whole report for a terminal. */
export function textOf(report: BenchReport): string {
  const verdicts = report.sections.flatMap((section) => section.verdicts);
  return [
    ...report.sections.flatMap(sectionLines),
    '',
    style('bold', tally(verdicts)),
    ...verdicts.map(verdictLine),
    '',
    machineText(report.machine),
    `${report.startedAt}, ${clock(report.seconds)} minutes${report.quick ? ', quick: fewer rounds and sizes' : ''}`,
  ].join('\n');
}

function sectionLines({ title, about, tables }: BenchSection): string[] {
  return [
    '',
    style(['bold', 'underline'], title),
    ...wrap(about, width).map((line) => style('dim', line)),
    ...tables.flatMap((each) => ['', style('bold', each.title), ...tableBlocks(each)]),
  ];
}

function verdictLine(verdict: Verdict): string {
  const { claim, measured, unit, holds } = verdict;
  const mark = holds ? style('green', '✓') : style('red', '✗');
  return `${mark} ${claim}: ${style('bold', quantity(measured, unit))} (${boundText(verdict)})`;
}

/** A table in as many blocks, one below the other, as its columns need; each begins with the rows' names. */
function tableBlocks({ columns, rows }: Table): string[] {
  const [names, ...figures] = columns;
  const nameWidth = Math.max(...wrap(names?.name ?? '', widestName).map(lengthOf), ...rows.map(nameLength));
  const blocks: number[][] = [[]];
  let left = width - nameWidth;
  for (const [index, column] of figures.entries()) {
    const wanted = gap + columnWidth(column, rows, index);
    if (wanted > left && blocks.at(-1)?.length) {
      blocks.push([]);
      left = width - nameWidth;
    }
    blocks.at(-1)?.push(index);
    left -= wanted;
  }
  return blocks.flatMap((block, index) => [...(index > 0 ? [''] : []), blockText({ columns, rows }, block)]);
}

function blockText({ columns, rows }: Pick<Table, 'columns' | 'rows'>, block: number[]): string {
  const heads = [columns[0], ...block.map((index) => columns[index + 1])].map((column, position) => {
    const { name = '', unit = '' } = column ?? {};
    const cells = position === 0 ? widestName : valueWidth(rows, block[position - 1] ?? 0);
    return [...wrap(name, cells), ...(unit === '' ? [] : [unit])];
  });
  const headHeight = Math.max(...heads.map(({ length }) => length));
  const headRows = Array.from({ length: headHeight }, (_, line) =>
    heads.map((lines) => style('dim', lines[line - headHeight + lines.length] ?? '')),
  );
  const texts = rows.flatMap((row) => rowLines(row, block));
  const right = block.map((_, position) => position + 1);
  return table([...headRows, ...texts], right)
    .split('\n')
    .flatMap((line, index) => {
      const reason = reasons(rows, block).get(index - headHeight);
      return reason === undefined ? [line] : [line, style('yellow', `  void: ${reason}`)];
    })
    .join('\n');
}

/** A row's figures and, on a line of its own where there are any, their ranges. */
function rowLines(row: Row, block: number[]): string[][] {
  const cells = block.map((index) => cellText(row.cells[index] ?? null));
  const names = wrap(row.name, widestName);
  const hasRange = cells.some((cell) => cell.range !== '');
  const format = row.void === undefined ? 'reset' : 'dim';
  return Array.from({ length: Math.max(names.length, hasRange ? 2 : 1) }, (_, line) => [
    names[line] ?? '',
    ...cells.map(({ value, range }) => {
      if (line === 0) return style(format, value);
      return line === 1 ? style('dim', range) : '';
    }),
  ]);
}

/** Why rows are void, by the last line of each. */
function reasons(rows: Row[], block: number[]): Map<number, string> {
  const found = new Map<number, string>();
  let line = -1;
  for (const row of rows) {
    line += rowLines(row, block).length;
    if (row.void !== undefined) found.set(line, row.void);
  }
  return found;
}

function columnWidth({ name, unit }: { name: string; unit: string }, rows: Row[], index: number): number {
  const cells = valueWidth(rows, index);
  return Math.max(cells, unit.length, ...wrap(name, cells).map(lengthOf));
}

function valueWidth(rows: Row[], index: number): number {
  return Math.max(
    6,
    ...rows.flatMap((row) => Object.values(cellText(row.cells[index] ?? null)).map(lengthOf)),
  );
}

function nameLength({ name }: Row): number {
  return Math.max(...wrap(name, widestName).map(lengthOf));
}

function lengthOf(text: string): number {
  return text.length;
}

/** Lines of at most so many characters, where no word is longer. */
function wrap(text: string, atMost: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= atMost)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
