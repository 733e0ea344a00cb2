/** Distinct values that are kept as they are. */
const exactValues = 512;

/** Beyond that, values share bins that are 1 % wide: a percentile is off by half of that at most. */
const binWidth = Math.log(1.01);

/** The values of a metric in a stretch of time: a statistic set, and enough for percentiles in bounded memory. */
export class Distribution {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  /** How often each value came. Undefined while all values are the same, as the ones of a counter are. */
  #weights: Map<number, number> | undefined;
  #isBinned = false;

  add(value: number, times = 1): void {
    if (this.#weights === undefined && this.count > 0 && value !== this.min)
      this.#weights = new Map([[this.min, this.count]]);
    this.count += times;
    this.sum += value * times;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (this.#weights) this.#weigh(this.#weights, value, times);
  }

  merge(other: Distribution): void {
    if (other.count === 0) return;
    const sum = this.sum + other.sum;
    const min = Math.min(this.min, other.min);
    const max = Math.max(this.max, other.max);
    for (const [value, times] of other.#sorted()) this.add(value, times);
    // Bins know their values to half a percent; these are exact.
    Object.assign(this, { sum, min, max });
  }

  /** The smallest value that `percent` of all values do not exceed (nearest rank). Undefined where there are none. */
  percentile(percent: number): number | undefined {
    if (this.count === 0) return undefined;
    const rank = Math.max(1, (percent / 100) * this.count);
    let seen = 0;
    for (const [value, times] of this.#sorted()) {
      seen += times;
      // The slack is for the rounding of `percent / 100 * count`.
      if (seen >= rank - 1e-9) return Math.min(Math.max(value, this.min), this.max);
    }
    return this.max;
  }

  /** The mean without the highest values: of the lowest `percent` of all. */
  trimmedMean(percent: number): number | undefined {
    const wanted = (percent / 100) * this.count;
    if (wanted === 0) return undefined;
    let left = wanted;
    let sum = 0;
    for (const [value, times] of this.#sorted()) {
      const taken = Math.min(times, left);
      sum += value * taken;
      left -= taken;
      if (left <= 0) break;
    }
    return sum / wanted;
  }

  #sorted(): [value: number, times: number][] {
    if (!this.#weights) return this.count > 0 ? [[this.min, this.count]] : [];
    return [...this.#weights].sort(([a], [b]) => a - b);
  }

  #weigh(weights: Map<number, number>, value: number, times: number): void {
    const key = this.#isBinned ? binOf(value) : value;
    weights.set(key, (weights.get(key) ?? 0) + times);
    if (this.#isBinned || weights.size <= exactValues) return;
    this.#isBinned = true;
    const binned = new Map<number, number>();
    for (const [exact, weight] of weights) {
      const bin = binOf(exact);
      binned.set(bin, (binned.get(bin) ?? 0) + weight);
    }
    this.#weights = binned;
  }
}

/** The middle of the bin that a value falls into. */
function binOf(value: number): number {
  if (value === 0) return 0;
  return Math.sign(value) * Math.exp(Math.round(Math.log(Math.abs(value)) / binWidth) * binWidth);
}
