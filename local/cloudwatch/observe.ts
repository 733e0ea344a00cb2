/**
 * Takes one value of a metric, measured now. The parts of the local cloud are handed this, and know nothing of who keeps
 * the metrics; it is cheap enough for every request.
 */
export type Observe = (
  namespace: string,
  name: string,
  dimensions: Record<string, string>,
  value: number,
) => void;
