/** A metric's values, or what an expression made of some, by the beginning of their period. */
export interface Series {
  id: string;
  label: string;
  /** CloudWatch's seconds. */
  period: number;
  /** By milliseconds since the epoch, ascending. What is missing is missing here. */
  points: Map<number, number>;
}

/** What an expression comes to. Text is an argument only. */
export type Value = number | string | Series | Series[];

export function isSeries(value: Value): value is Series {
  return typeof value === 'object' && !Array.isArray(value);
}

/** The series with each value changed; what is no finite number is missing, as after a division by zero. */
export function mapSeries(series: Series, change: (value: number, at: number) => number | undefined): Series {
  const points = new Map<number, number>();
  for (const [at, value] of series.points) {
    const changed = change(value, at);
    if (changed !== undefined && Number.isFinite(changed)) points.set(at, changed);
  }
  return { ...series, points };
}

/** One series of the values that some have at the same times; `combine` gets those that are there. */
export function acrossSeries(all: Series[], combine: (values: number[]) => number): Series | undefined {
  const [first] = all;
  if (!first) return undefined;
  const times = [...new Set(all.flatMap(({ points }) => [...points.keys()]))].sort((a, b) => a - b);
  const points = new Map<number, number>();
  for (const at of times) {
    points.set(
      at,
      combine(
        all.flatMap(({ points }) => {
          const value = points.get(at);
          return value === undefined ? [] : [value];
        }),
      ),
    );
  }
  return { ...first, points };
}
