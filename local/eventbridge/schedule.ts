import { randomUUID } from 'node:crypto';
import { account, region } from '../aws.ts';
import { type EventEnvelope, toSeconds } from './put-events.ts';
import type { Rule } from './rule.ts';

const minutesOf = { minute: 1, hour: 60, day: 24 * 60 };

/**
 * Minutes between the runs of a `rate(…)` ("Schedule expressions" of the user guide: a unit in the singular with 1, in the
 * plural otherwise). Throws a RangeError for anything else; a cron expression is played when somebody has one.
 */
export function parseRate(expression: string): number {
  const [, value = '', unit] = /^rate\(([1-9]\d*) (minute|hour|day)(?:s?)\)$/.exec(expression) ?? [];
  const isPlural = expression.endsWith('s)');
  if (unit !== 'minute' && unit !== 'hour' && unit !== 'day')
    throw new RangeError(`${expression} is not a rate, the schedules that are played locally`);
  if (isPlural !== (value !== '1'))
    throw new RangeError(`${expression}: 1 takes the singular, others the plural`);
  return Number(value) * minutesOf[unit];
}

/** Runs rules at their rates: for the first time when the first period is over, as EventBridge does. */
export class Schedules {
  readonly #minuteMs: number;
  readonly #run: (rule: Rule) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** @param minuteMs how long a minute takes */
  constructor(minuteMs: number, run: (rule: Rule) => void) {
    this.#minuteMs = minuteMs;
    this.#run = run;
  }

  /** Starts the rule's schedule, in place of the one that it had. */
  put(rule: Rule): void {
    clearInterval(this.#timers.get(rule.arn));
    this.#timers.delete(rule.arn);
    if (rule.everyMinutes === undefined || !rule.enabled) return;
    const timer = setInterval(this.#run, rule.everyMinutes * this.#minuteMs, rule).unref();
    this.#timers.set(rule.arn, timer);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearInterval(timer);
    this.#timers.clear();
  }
}

/** What a scheduled rule's targets receive. */
export function scheduledEvent({ arn }: Rule, at: Date): EventEnvelope {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account,
    time: toSeconds(at),
    region,
    resources: [arn],
    detail: {},
  };
}
