/** A value with its unit, short enough for a legend: `212 ms`, `1.4 s`, `12.3 k`, `$0.42`. */
export function formatValue(value: number | undefined, unit = ''): string {
  if (value === undefined) return '–';
  if (unit === '$') return `$${digits(value)}`;
  if (unit === '%') return `${digits(value)}%`;
  if (unit === 'ms' && Math.abs(value) >= 10_000) return `${digits(value / 1000)} s`;
  if (unit === 'B') return bytes(value);
  return unit ? `${scaled(value)} ${unit}` : scaled(value);
}

export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let rest = value;
  let index = 0;
  while (Math.abs(rest) >= 1024 && index < units.length - 1) {
    rest /= 1024;
    index++;
  }
  return `${digits(rest)} ${units[index]}`;
}

function scaled(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${digits(value / 1e9)} G`;
  if (size >= 1e6) return `${digits(value / 1e6)} M`;
  if (size >= 1e4) return `${digits(value / 1e3)} k`;
  return digits(value);
}

function digits(value: number): string {
  const size = Math.abs(value);
  const behind = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString('en-US', { maximumFractionDigits: behind });
}

/** `14:05`, or with seconds `14:05:09` */
export function clock(at: number, withSeconds = false): string {
  return new Date(at).toLocaleTimeString('en-GB', withSeconds ? {} : { hour: '2-digit', minute: '2-digit' });
}

/** To the millisecond. */
export function preciseClock(at: number): string {
  return `${clock(at, true)}.${String(Math.floor(at) % 1000).padStart(3, '0')}`;
}

/** `12 s`, `3 min`, `2 h`, `4 d` */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** What is before the colon of `ingress: received → written`: a name for where there is little room. */
export function shortLabel(label: string): string {
  return label.split(': ')[0] ?? label;
}
