import type { AlarmState } from './alarm-state.ts';

/** The state of an alarm by its name or ARN; undefined where there is none. */
type StateOf = (alarm: string) => AlarmState | undefined;

/** Whether the rule holds now. */
export type CompositeRule = (stateOf: StateOf) => boolean;

/** A rule that cannot be read. */
export class CompositeRuleError extends Error {
  override readonly name = 'CompositeRuleError';
}

/**
 * Reads `ALARM("a") AND NOT (OK("b") OR INSUFFICIENT_DATA("c"))`, with TRUE and FALSE; AND binds tighter than OR. An
 * alarm may be named with quotes or without, by name or ARN. @throws CompositeRuleError
 */
export function parseCompositeRule(source: string): CompositeRule {
  const tokens = source.match(/"(?:[^"\\]|\\.)*"|'[^']*'|[()]|[^\s()"']+/g) ?? [];
  let position = 0;

  const take = (word: string) => {
    if (tokens[position]?.toUpperCase() !== word) return false;
    position += 1;
    return true;
  };
  const expect = (word: string) => {
    if (!take(word)) throw new CompositeRuleError(`The alarm rule ${source} lacks a ${word}`);
  };
  const or = (): CompositeRule => {
    const parts = [and()];
    while (take('OR')) parts.push(and());
    return (stateOf) => parts.some((part) => part(stateOf));
  };
  const and = (): CompositeRule => {
    const parts = [not()];
    while (take('AND')) parts.push(not());
    return (stateOf) => parts.every((part) => part(stateOf));
  };
  const not = (): CompositeRule => {
    if (!take('NOT')) return primary();
    const part = not();
    return (stateOf) => !part(stateOf);
  };
  const primary = (): CompositeRule => {
    if (take('TRUE')) return () => true;
    if (take('FALSE')) return () => false;
    if (take('(')) {
      const inner = or();
      expect(')');
      return inner;
    }
    const state = states.find(take);
    if (!state)
      throw new CompositeRuleError(
        `The alarm rule ${source} cannot be read at ${tokens[position] ?? 'its end'}`,
      );
    expect('(');
    const alarm = tokens[position++]?.replace(/^(["'])(.*)\1$/, '$2') ?? '';
    expect(')');
    return (stateOf) => stateOf(alarm) === state;
  };

  const holds = or();
  if (position < tokens.length)
    throw new CompositeRuleError(`The alarm rule ${source} does not end at ${tokens[position]}`);
  return holds;
}

const states: AlarmState[] = ['ALARM', 'OK', 'INSUFFICIENT_DATA'];
