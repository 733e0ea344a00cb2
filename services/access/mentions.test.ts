import { describe, expect, it } from 'vitest';
import { limits } from '#shared/contract/limits.ts';
import { mentionsIn } from './mentions.ts';

describe('mentions', () => {
  it.each([
    ['none', 'hello @alice', undefined],
    ['one', 'hello <@a-1>', ['a-1']],
    ['each once, in their order', '<@b><@a> <@b>', ['b', 'a']],
    ['nothing in brackets that is no user id', '<@> <@a b> <@a#b> < @a> <@a', undefined],
    ['what is inside of brackets', '<<@a>>', ['a']],
    ['no id that is too long', `<@${'a'.repeat(65)}>`, undefined],
  ])('%s', (_, text, users) => {
    expect(mentionsIn(text)).toEqual(users);
  });

  it('are as many as one message may have', () => {
    const text = Array.from({ length: limits.mentions + 1 }, (_, index) => `<@u${index}>`).join('');
    expect(mentionsIn(text)).toHaveLength(limits.mentions);
  });
});
