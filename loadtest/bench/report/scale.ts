/** Maps values onto pixels. */
export interface Scale {
  min: number;
  max: number;
  /** From 0 at `min` to 1 at `max`; what lies outside is drawn at the edge. */
  at(value: number): number;
  ticks: number[];
}

/** From zero to a round number above everything. */
export function linearScale(values: readonly number[], most = 6): Scale {
  const top = Math.max(...values, 0) || 1;
  const step = roundUp(top / (most - 1));
  const max = Math.ceil(top / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round(max / step) + 1 }, (_, index) => clean(index * step));
  return { min: 0, max, at: (value) => clamp(value / max), ticks };
}

/** Between round numbers around all values above zero: others cannot be drawn. Ticks at 1, 2 and 5, or at powers of ten. */
export function logScale(values: readonly number[]): Scale {
  const above = values.filter((value) => value > 0);
  const least = Math.min(...(above.length > 0 ? above : [1]));
  const most = Math.max(...(above.length > 0 ? above : [10]));
  const min = roundDown(least);
  const top = roundUp(most);
  const max = top > min ? top : clean(min * 10);
  const decades = Math.log10(max / min);
  const steps = decades > 2.5 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
    for (const step of steps) {
      const tick = clean(step * 10 ** power);
      if (tick >= min * (1 - 1e-9) && tick <= max * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return { min, max, at: (value) => clamp(Math.log10(Math.max(value, min) / min) / decades), ticks };
}

/** An axis on which each measured value may have its tick: the sizes that were chosen. */
export function sizesScale(kind: 'linear' | 'log', values: readonly number[]): Scale {
  const sizes = [...new Set(values)].sort((a, b) => a - b);
  if (kind === 'linear') {
    const scale = linearScale(sizes);
    return sizes.length > 8 ? scale : { ...scale, ticks: sizes };
  }
  const usable = sizes.filter((size) => size > 0);
  const [min = 1, max = min] = [usable[0], usable.at(-1)];
  // One size alone stands in the middle.
  const [from, to] = min === max ? [min / 2, max * 2] : [min, max];
  const at = (value: number) => clamp(Math.log(Math.max(value, from) / from) / Math.log(to / from));
  return { min: from, max: to, at, ticks: usable };
}

/** The next of 1, 2, 5 times a power of ten that is no less. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return clean((steps.find((step) => step * power >= value * (1 - 1e-9)) ?? 10) * power);
}

function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return clean((steps.findLast((step) => step * power <= value * (1 + 1e-9)) ?? 1) * power);
}

const steps = [1, 2, 5, 10];

/** Without the last digits' noise: 0.30000000000000004 is 0.3. */
function clean(value: number): number {
  return Number(value.toPrecision(12));
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
