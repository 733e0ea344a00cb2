/**
 * How the world's rooms are joined: the one of rank n is `n ** exponent` times less popular than the first. Weights
 * that add up to 1.
 */
export function zipf(ranks: number, exponent = 1): number[] {
  const raw = Array.from({ length: ranks }, (_, index) => (index + 1) ** -exponent);
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return raw.map((weight) => weight / sum);
}

/**
 * Draws `count` different indexes, each by its weight among those that are left. All of them where there are no more.
 * @param random gives numbers from 0 up to 1
 */
export function drawDistinct(weights: readonly number[], count: number, random: () => number): number[] {
  const left = new Map(weights.entries());
  const drawn: number[] = [];
  while (drawn.length < count && left.size > 0) {
    let remaining = random() * [...left.values()].reduce((total, weight) => total + weight, 0);
    for (const [index, weight] of left) {
      remaining -= weight;
      // The last one also takes what rounding left over.
      if (remaining >= 0 && left.size > 1) continue;
      drawn.push(index);
      left.delete(index);
      break;
    }
  }
  return drawn;
}
