import { InvalidArgumentError } from 'commander';

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Parses `90m`, `6h`, `7d`, back from `now`, or a time such as `2026-11-20T18:00:00Z`. */
export function parseSince(value: string, now = Date.now()): Date {
  const [, amount, unit] = /^(\d+)([mhd])$/.exec(value) ?? [];
  if (amount !== undefined && (unit === 'm' || unit === 'h' || unit === 'd')) {
    return new Date(now - Number(amount) * unitMs[unit]);
  }
  const time = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError('Expected 30m, 6h, 7d or a time such as 2026-11-20T18:00:00Z.');
  if (time >= now) throw new InvalidArgumentError(`${value} is still to come.`);
  return new Date(time);
}
