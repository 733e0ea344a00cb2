/** How much the sections that share a stage measure. */
export interface Plan {
  rounds: number;
  /** Rooms by size, ascending. The largest says how many connections each system has. */
  sizes: number[];
  /** Those of them at which every system is measured; Fanfare's growth is measured at all. */
  lastSizes: number[];
  /** A room of about a thousand: of bursts, warm-up and slow posts. */
  middleSize: number;
  /** Messages a second that are offered, and for how long. */
  bursts: { rate: number; seconds: number }[];
  /** A burst that Fanfare holds; the others, which cannot, have it for `peerSeconds`. */
  held: { rate: number; seconds: number; peerSeconds: number } | undefined;
  /** Whether posts are made one by one at which each takes as long as on AWS: that is twelve seconds. */
  slowOneByOne: boolean;
  /** Who sends, by turns: a member may send ten messages a second. */
  people: number;
  /** Deliveries of a warm-up. */
  warmUp: number;
}

export const fullPlan: Plan = {
  rounds: 5,
  sizes: [100, 300, 1_000, 3_000, 10_000],
  lastSizes: [100, 1_000, 10_000],
  middleSize: 1_000,
  bursts: [
    { rate: 1, seconds: 1 },
    { rate: 10, seconds: 2 },
    { rate: 50, seconds: 1 },
    { rate: 200, seconds: 0.5 },
    { rate: 500, seconds: 0.5 },
  ],
  held: { rate: 200, seconds: 30, peerSeconds: 5 },
  slowOneByOne: true,
  people: 100,
  warmUp: 10_000,
};

export const quickPlan: Plan = {
  rounds: 2,
  sizes: [100, 1_000],
  lastSizes: [100, 1_000],
  middleSize: 1_000,
  bursts: [
    { rate: 10, seconds: 1 },
    { rate: 200, seconds: 0.5 },
  ],
  held: undefined,
  slowOneByOne: false,
  people: 50,
  warmUp: 3_000,
};
