import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makePlan, momentAt, phaseNames, startOf } from './plan.ts';

const plan = makePlan({ users: 200, rooms: 20, seconds: 120, rate: 10, burst: 10 });

describe('a plan', () => {
  it('shares the time out among the phases', () => {
    expect(plan.lasts).toEqual({ warm: 12, ramp: 18, hold: 42, burst: 18, storm: 30 });
  });

  it('lets everybody arrive, the smallest crowd too', () => {
    expect(plan.warmUsers + plan.rampUsers).toBe(200);
    expect(makePlan({ ...plan, users: 2 })).toMatchObject({ warmUsers: 1, rampUsers: 1 });
  });

  it('knows where it stands', () => {
    expect(momentAt(plan, 0)).toEqual({ phase: 'warm', endsAt: 12_000, rate: 10 });
    expect(momentAt(plan, 12_000)).toMatchObject({ phase: 'ramp' });
    expect(momentAt(plan, startOf(plan, 'burst'))).toEqual({ phase: 'burst', endsAt: 90_000, rate: 100 });
    expect(momentAt(plan, 119_999)).toEqual({ phase: 'storm', endsAt: 120_000, rate: 10 });
    expect(momentAt(plan, 120_000)).toBeUndefined();
  });

  it('has the phases of artillery.yml, in their order', () => {
    const script = readFileSync(join(import.meta.dirname, '../../artillery.yml'), 'utf8');
    const named = [...script.matchAll(/^ {4}- name: (?:reconnect )?(\w+)/gm)].map(([, name]) => name);
    expect(named).toEqual(phaseNames);
  });
});
