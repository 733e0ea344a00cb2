import { z } from 'zod';
import { phaseNames } from './plan.ts';

const identity = z.object({
  name: z.string(),
  token: z.string(),
  /** Most popular first. */
  rooms: z.array(z.string()),
});

const plan = z.object({
  users: z.number(),
  rooms: z.number(),
  seconds: z.number(),
  rate: z.number(),
  burst: z.number(),
  lasts: z.record(z.enum(phaseNames), z.number()),
  warmUsers: z.number(),
  rampUsers: z.number(),
});

/** What the runner tells the processor, which lives in Artillery's process: a file, named by `briefVariable`. */
export const brief = z.object({ url: z.string(), plan, people: z.array(identity) });

export const briefVariable = 'FANFARE_LOADTEST';

export type Identity = z.infer<typeof identity>;
export type Brief = z.infer<typeof brief>;
