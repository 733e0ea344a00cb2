import type { Row, Sample, Verdict } from '../results.ts';

/** A figure to three digits, all digits before the point: `1,234`, `12.3`, `0.0123`. What is no number is a dash. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(size)));
  // Behind the point zeros at the end say nothing.
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.min(digits, 20) });
}

/** A figure with its unit: `12.3 ms`, `$0.25`, `1,200/s` */
export function quantity(value: number, unit: string): string {
  if (!Number.isFinite(value)) return figure(value);
  if (unit === '$') return `$${figure(value)}`;
  if (unit === '1/s') return `${figure(value)}/s`;
  return unit === '' ? figure(value) : `${figure(value)} ${unit}`;
}

/** `31.2–33.5`; nothing where all rounds came to the same. */
function range({ low, high }: Sample): string {
  const [from, to] = [figure(low), figure(high)];
  return from === to ? '' : `${from}–${to}`;
}

/** A table's cell: what it says, and its range. */
export function cellText(cell: Row['cells'][number]): { value: string; range: string } {
  if (cell === null) return { value: '', range: '' };
  if (typeof cell === 'string') return { value: cell, range: '' };
  if (typeof cell === 'number') return { value: figure(cell), range: '' };
  return { value: figure(cell.median), range: range(cell) };
}

/** `at most 12 ms` */
export function boundText({ bound, unit }: Verdict): string {
  return 'atMost' in bound
    ? `at most ${quantity(bound.atMost, unit)}`
    : `at least ${quantity(bound.atLeast, unit)}`;
}

/** `3 of 4 claims hold` */
export function tally(verdicts: readonly Verdict[]): string {
  const held = verdicts.filter(({ holds }) => holds).length;
  return `${held} of ${verdicts.length} ${verdicts.length === 1 ? 'claim holds' : 'claims hold'}`;
}

export function machineText({
  cpu,
  cores,
  memoryGib,
  node,
  kernel,
}: {
  cpu: string;
  cores: number;
  memoryGib: number;
  node: string;
  kernel: string;
}): string {
  return `${cores} × ${cpu}, ${figure(memoryGib)} GiB, Node ${node.replace(/^v/, '')}, ${kernel}`;
}
