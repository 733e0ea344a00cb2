import type { Observe } from '../cloudwatch/observe.ts';
import type { Rule } from './rule.ts';

/** Counts one for a rule, with the dimensions of AWS/Events: the default bus has no name there. */
export function observeRule(observe: Observe, { name, busName }: Rule, metric: string): void {
  const bus = busName === 'default' ? undefined : { EventBusName: busName };
  observe('AWS/Events', metric, { ...bus, RuleName: name }, 1);
}
