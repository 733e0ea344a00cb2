import type { Check, Metrics } from './artillery.ts';
import { figureOf } from './artillery.ts';

/** A condition of artillery.yml's in words: what it claims, and what to say where it does not hold. */
interface Words {
  claim: string;
  unit: string;
  failed(measured: string, bound: string): string;
}

/** By metric. Every condition of artillery.yml has its words here (claims.test.ts). */
export const words: Record<string, Words> = {
  'fanfare.lost': {
    claim: 'No acknowledged message is lost',
    unit: '',
    failed: (n) => `${n} times somebody never saw an acknowledged message of a room that they were in.`,
  },
  'fanfare.shown_twice': {
    claim: 'No message shows twice',
    unit: '',
    failed: (n) => `${n} messages showed twice to somebody.`,
  },
  'fanfare.shown_out_of_order': {
    claim: 'Everyone sees one order',
    unit: '',
    failed: (n) => `${n} messages showed above one that was said before them.`,
  },
  'fanfare.unacknowledged': {
    claim: 'Every send is acknowledged',
    unit: '',
    failed: (n) => `${n} sends were never acknowledged.`,
  },
  'fanfare.never_back': {
    claim: 'Everybody comes back after the storm',
    unit: '',
    failed: (n) => `${n} people could not come back within a minute.`,
  },
  'fanfare.not_recovered': {
    claim: 'Whoever comes back gets what was missed',
    unit: '',
    failed: (n) => `${n} rooms did not know where somebody had left off.`,
  },
  'fanfare.error_percent': {
    claim: 'Errors for 100 sends and connections',
    unit: '',
    failed: (n, bound) =>
      `There were ${n} errors for every 100 sends and connections; at most ${bound} may be.`,
  },
  'fanfare.push_ms.p99': {
    claim: 'From send to push, p99',
    unit: 'ms',
    failed: (n, bound) =>
      `One push in a hundred took over ${n} ms from its sending; the bound is ${bound} ms (--p99).`,
  },
  'vusers.failed': {
    claim: 'Nobody has to give up',
    unit: '',
    failed: (n) => `${n} people gave up: they could not connect, join or come back.`,
  },
};

export interface Finding {
  claim: string;
  unit: string;
  /** NaN where Artillery has no such figure, such as a latency of nothing. */
  measured: number;
  bound: number;
  holds: boolean;
  /** One sentence, where it does not hold. */
  sentence: string | undefined;
}

/** What Artillery checked, in words, and in their order: Artillery's own has what failed last. */
export function findings(checks: readonly Check[], aggregate: Metrics): Finding[] {
  const order = Object.keys(words);
  const sorted = checks.toSorted((a, b) => order.indexOf(a.metric) - order.indexOf(b.metric));
  return sorted.map(({ metric, bound, holds }) => {
    const { claim, unit, failed } = words[metric] ?? {
      claim: metric,
      unit: '',
      failed: (n: string) => `${metric} is ${n}.`,
    };
    const measured = figureOf(aggregate, metric) ?? Number.NaN;
    const sentence = Number.isNaN(measured)
      ? `${claim}: there is no figure, because the run did not get that far.`
      : failed(figure(measured), figure(bound));
    return { claim, unit, measured, bound, holds, sentence: holds ? undefined : sentence };
  });
}

function figure(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
