import { describe, expect, it } from 'vitest';
import { excerpt } from './excerpt.ts';

const marked = (text: string, wanted: string) =>
  excerpt(text, wanted)
    .map((piece) => (piece.hit ? `[${piece.text}]` : piece.text))
    .join('');

describe('an excerpt', () => {
  it.each([
    ['Release at noon, then RELEASE again', 'release', '[Release] at noon, then [RELEASE] again'],
    ['a+b and (c)', '(c)', 'a+b and [(c)]'],
    ['a-b [x] \\d', 'a-b [x] \\d', '[a-b [x] \\d]'],
    ['one\n  two', 'one two', '[one two]'],
    ['<b>bold</b>', 'bold', '<b>[bold]</b>'],
    ['nothing of it', 'else', 'nothing of it'],
    ['Straße', 'STRASSE', 'Straße'],
    ['', 'x', ''],
  ])('of %j for %j: %s', (text, wanted, shown) => {
    expect(marked(text, wanted)).toBe(shown);
  });

  it('begins shortly before the first hit, and ends before it is long', () => {
    const shown = marked(`${'word '.repeat(100)}needle ${'word '.repeat(100)}`, 'needle');
    expect(shown).toMatch(/^… (word )+\[needle\] (word )+.*…$/);
    expect(shown.length).toBeLessThan(260);
  });
});
