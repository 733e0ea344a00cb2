import { describe, expect, it } from 'vitest';
import { matching, queryAt } from './completion.ts';
import { type Draft, edited, emptyDraft, inserted, withPicked } from './draft.ts';

describe('what is typed', () => {
  it.each([
    ['@', 'person', ''],
    ['Ask @bo', 'person', 'bo'],
    ['(@Bob Sm', 'person', 'Bob Sm'],
    ['so :smi', 'emoji', 'smi'],
    ['write to bob@exam', undefined, undefined],
    ['@bob\nhello', undefined, undefined],
    ['@ bob', undefined, undefined],
    ['at 10:30', undefined, undefined],
    [':)', undefined, undefined],
    ['`git log @', undefined, undefined],
    ['```\nimport @', undefined, undefined],
    ['`code` and @a', 'person', 'a'],
  ])('%j asks for: %s %j', (text, kind, asked) => {
    const query = queryAt(edited(emptyDraft, text), text.length);
    expect(query && [query.kind, query.text]).toEqual(kind && [kind, asked]);
  });

  it('asks for nothing at a mention that is made', () => {
    const { draft, caret } = mentioned(emptyDraft, [0, 0], { userId: 'bob', name: 'Bob' });
    expect(queryAt(draft, caret)).toBeUndefined();
    expect(queryAt(draft, caret - 1)).toBeUndefined();
  });
});

describe('the people offered', () => {
  const people = ['Zoë Adams', 'Adam Zoller', 'Adèle', 'Bob'].map((name) => ({ name }));
  const names = (text: string) => matching(text, people).map(({ name }) => name);

  it('are those whose name begins so, then those with a word that does, without regard to accents', () => {
    expect(names('ad')).toEqual(['Adam Zoller', 'Adèle', 'Zoë Adams']);
    expect(names('zoe')).toEqual(['Zoë Adams']);
    expect(names('zoë a')).toEqual(['Zoë Adams']);
    expect(names('')).toHaveLength(4);
    expect(names('dam')).toEqual([]);
  });
});

/** The draft with a person picked from the list, in place of what was typed of them. */
function mentioned(draft: Draft, place: readonly [number, number], person: { userId: string; name: string }) {
  return inserted(withPicked(draft, person), place, `@${person.name} `);
}
