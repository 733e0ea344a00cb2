/** The phases of a run, in their order, as in artillery.yml. */
export const phaseNames = ['warm', 'ramp', 'hold', 'burst', 'storm'] as const;

export type PhaseName = (typeof phaseNames)[number];

export interface Sizes {
  users: number;
  rooms: number;
  seconds: number;
  /** Messages a second, of all people together, outside of the burst. */
  rate: number;
  /** What `rate` is multiplied by in the burst. */
  burst: number;
}

export interface Plan extends Sizes {
  /** Whole seconds of each phase: Artillery's unit. */
  lasts: Record<PhaseName, number>;
  /** People who arrive in the warm and the ramp phase. */
  warmUsers: number;
  rampUsers: number;
}

/** Of the whole time. The hold is long enough for a p99 that means something, the storm for everybody to come back. */
const shares: Record<PhaseName, number> = { warm: 0.1, ramp: 0.15, hold: 0.35, burst: 0.15, storm: 0.25 };

/** One person in ten comes before the ramp: functions start, tables wake up. */
const warmShare = 0.1;

export function makePlan(sizes: Sizes): Plan {
  const warmUsers = Math.max(1, Math.round(sizes.users * warmShare));
  const whole = (name: PhaseName) => Math.max(1, Math.round(sizes.seconds * shares[name]));
  return {
    ...sizes,
    lasts: {
      warm: whole('warm'),
      ramp: whole('ramp'),
      hold: whole('hold'),
      burst: whole('burst'),
      storm: whole('storm'),
    },
    warmUsers,
    rampUsers: sizes.users - warmUsers,
  };
}

/** Where a plan stands at a time. */
export interface Moment {
  phase: PhaseName;
  /** Milliseconds since the run's start at which the phase ends. */
  endsAt: number;
  /** Messages a second of all people. */
  rate: number;
}

/** @param at milliseconds since the run's start. Undefined once all phases are over. */
export function momentAt(plan: Plan, at: number): Moment | undefined {
  let endsAt = 0;
  for (const phase of phaseNames) {
    endsAt += plan.lasts[phase] * 1_000;
    if (at < endsAt) return { phase, endsAt, rate: plan.rate * (phase === 'burst' ? plan.burst : 1) };
  }
  return undefined;
}

/** Milliseconds from the run's start to the start of a phase. */
export function startOf(plan: Plan, name: PhaseName): number {
  const before = phaseNames.slice(0, phaseNames.indexOf(name));
  return before.reduce((sum, phase) => sum + plan.lasts[phase] * 1_000, 0);
}
