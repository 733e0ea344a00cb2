import { describe, expect, it } from 'vitest';
import type { AlarmState } from './alarm-state.ts';
import { CompositeRuleError, parseCompositeRule } from './composite-rule.ts';

const states: Record<string, AlarmState> = {
  bad: 'ALARM',
  good: 'OK',
  new: 'INSUFFICIENT_DATA',
  'two words': 'ALARM',
  'arn:aws:cloudwatch:us-east-1:000000000000:alarm:bad': 'ALARM',
};

describe('the rule of a composite alarm', () => {
  it.each([
    ['ALARM("bad")', true],
    ['ALARM(bad)', true],
    ['ALARM("two words")', true],
    ['ALARM("arn:aws:cloudwatch:us-east-1:000000000000:alarm:bad")', true],
    ['OK("bad")', false],
    ['OK(good) AND INSUFFICIENT_DATA(new)', true],
    ['ALARM(good) OR ALARM(bad)', true],
    ['NOT ALARM(good)', true],
    ['NOT NOT ALARM(good)', false],
    ['NOT (ALARM(good) OR ALARM(bad))', false],
    // AND binds tighter.
    ['TRUE OR FALSE AND FALSE', true],
    ['(TRUE OR FALSE) AND FALSE', false],
    ['(ALARM("good") OR ALARM("new") OR (ALARM("bad") AND NOT OK("new")))', true],
    ['ALARM(absent) OR OK(absent) OR INSUFFICIENT_DATA(absent)', false],
  ])('%s', (rule, expected) => {
    expect(parseCompositeRule(rule)((name) => states[name])).toBe(expected);
  });

  it.each(['', 'ALARM', 'ALARM("a"', 'ALARM("a") OK("b")', 'WRONG("a")', 'ALARM("a") AND'])(
    '%s is refused',
    (rule) => {
      expect(() => parseCompositeRule(rule)).toThrow(CompositeRuleError);
    },
  );
});
