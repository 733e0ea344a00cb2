import type { DrawnSeries, MetricWidget } from '../dashboards.ts';

/** Where values of an axis lie, in pixels from the top. */
export interface Scale {
  min: number;
  max: number;
  unit: string;
  y(value: number): number;
}

/** A series on top of those before it. */
export interface Layer {
  label: string;
  color: string | undefined;
  path(x: (time: number) => number, y: (value: number) => number): string;
  /** Of its last period: from where to where it reaches. */
  last: { from: number; to: number } | undefined;
}

/** From zero, or what the widget says, to a round number above everything that is drawn. */
export function scaleOf(
  series: DrawnSeries[],
  layers: Layer[],
  widget: MetricWidget,
  side: 'left' | 'right',
  height: number,
): Scale {
  const own = series.filter(({ yAxis }) => yAxis === side);
  const tops =
    layers.length > 0
      ? sums(own)
      : own.flatMap(({ points, running }) =>
          [...points, ...(running ? [running] : [])].map(([, value]) => value),
        );
  const limits = widget.horizontal.filter(({ yAxis }) => yAxis === side).map(({ value }) => value);
  const most = Math.max(...tops, 0) || 1;
  // A limit far away would press the lines flat: it is drawn when they come near it.
  const near = limits.filter((limit) => limit <= most * 4);
  const min = widget[side].min ?? Math.min(0, ...tops);
  const max = widget[side].max ?? roundUp(Math.max(most, ...near) * 1.05);
  const unit = own[0]?.unit ?? '';
  return { min, max, unit, y: (value) => height - ((value - min) / (max - min || 1)) * height };
}

/** Round values between an axis' ends, as many as have room. */
export function ticks({ min, max }: Scale, height: number): number[] {
  const step = roundUp((max - min) / Math.max(1, Math.min(4.5, height / 26)));
  const first = Math.ceil(min / step);
  return Array.from({ length: Math.floor(max / step) - first + 1 }, (_, i) => (first + i) * step);
}

/** Whole minutes, far enough from one another to be written. */
export function timeTicks(start: number, end: number, width: number): number[] {
  const minutes = [1 / 6, 0.5, 1, 2, 5, 10, 15, 30, 60].map((minute) => minute * 60_000);
  const step = minutes.find((one) => (one / (end - start)) * width >= 64) ?? 3_600_000;
  const first = Math.ceil(start / step) * step;
  const times: number[] = [];
  for (let at = first; at <= end; at += step) times.push(at);
  return times.filter((at) => (at - start) / (end - start) > 0.02 && (end - at) / (end - start) > 0.02);
}

/** A line through the points; where periods are missing it has a gap. */
export function linePath(
  { points, width }: DrawnSeries,
  x: (time: number) => number,
  y: (value: number) => number,
): string {
  const runs: [number, number][][] = [];
  for (const point of points) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last && point[0] - last[0] <= width * 1.5) run.push(point);
    else runs.push([point]);
  }
  return runs
    .map((run) => {
      const [first] = run;
      // A period alone is as wide as it is long.
      if (run.length === 1 && first) return `M${x(first[0])},${y(first[1])}H${x(first[0] + width)}`;
      return `M${run.map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`).join('L')}`;
    })
    .join('');
}

/** From the last point to the period that has not ended. */
export function runningPath(
  { points, running }: DrawnSeries,
  x: (time: number) => number,
  y: (value: number) => number,
): string {
  const last = points.at(-1);
  if (!last || !running) return '';
  return `M${x(last[0])},${y(last[1])}L${x(running[0])},${y(running[1])}`;
}

/** The series one upon another, each period as wide as it is long; a value that is missing is none. */
export function areas(series: DrawnSeries[]): Layer[] {
  const times = timesOf(series);
  const width = Math.max(1, ...series.map((one) => one.width));
  let below = times.map(() => 0);
  return series.map(({ label, color, points }) => {
    const values = new Map(points);
    const from = below;
    const to = times.map((time, i) => (from[i] ?? 0) + (values.get(time) ?? 0));
    below = to;
    return {
      label,
      color,
      last: times.length > 0 ? { from: from.at(-1) ?? 0, to: to.at(-1) ?? 0 } : undefined,
      path: (x, y) =>
        times
          .map((time, i) => {
            const [left, right] = [x(time).toFixed(1), x(time + width).toFixed(1)];
            return `M${left},${y(from[i] ?? 0).toFixed(1)}V${y(to[i] ?? 0).toFixed(1)}H${right}V${y(from[i] ?? 0).toFixed(1)}Z`;
          })
          .join(''),
    };
  });
}

function sums(series: DrawnSeries[]): number[] {
  const all = series.map(({ points }) => new Map(points));
  return timesOf(series).map((time) => all.reduce((sum, points) => sum + (points.get(time) ?? 0), 0));
}

function timesOf(series: DrawnSeries[]): number[] {
  return [...new Set(series.flatMap(({ points }) => points.map(([time]) => time)))].sort((a, b) => a - b);
}

/** The next of 1, 2, 2.5, 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const found = [1, 2, 2.5, 5, 10].find((one) => one * power >= value) ?? 10;
  return found * power;
}
