import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Draft, draftOf, edited, emptyDraft, inserted, sentText, withPicked } from './draft.ts';

const people = [
  { userId: 'bob-1', name: 'Bob' },
  { userId: 'bob-2', name: 'Bob' },
  { userId: 'bob-3', name: 'Bob Smith' },
  { userId: 'eve', name: 'Ève <b>@ home</b>' },
  { userId: 'ali', name: 'علي' },
] as const;
const nameOf = (id: string) => people.find(({ userId }) => userId === id)?.name;

describe('a draft', () => {
  it('sends the id of whom it shows by name', () => {
    const asked = edited(emptyDraft, 'Ask @bo, please', 7);
    const { draft, caret } = mentioned(asked, [4, 7], people[2]);
    expect(draft.text).toBe('Ask @Bob Smith , please');
    expect(draft.text.slice(0, caret)).toBe('Ask @Bob Smith ');
    expect(sentText(draft)).toBe('Ask <@bob-3> , please');
  });

  it('tells two people of the same name apart', () => {
    const one = mentioned(emptyDraft, [0, 0], people[0]);
    const { draft } = mentioned(one.draft, [one.caret, one.caret], people[1]);
    expect(draft.text).toBe('@Bob @Bob ');
    expect(sentText(draft)).toBe('<@bob-1> <@bob-2> ');
  });

  it('keeps a mention while the text around it changes, and not once its name does', () => {
    const { draft } = mentioned(emptyDraft, [0, 0], people[2]);
    const around = edited(edited(draft, 'Hey @Bob Smith ', 4), 'Hey @Bob Smith: hello', 21);
    expect(sentText(around)).toBe('Hey <@bob-3>: hello');
    expect(sentText(edited(around, 'Hey @Bob Smit: hello', 13))).toBe('Hey @Bob Smit: hello');
  });

  it('takes up a mention again that an undo or a paste brings back', () => {
    const { draft } = mentioned(emptyDraft, [0, 0], people[2]);
    const shortened = edited(draft, '@Bob Smit ', 9);
    expect(sentText(edited(shortened, '@Bob Smith ', 10))).toBe('<@bob-3> ');
    expect(sentText(edited(edited(draft, '', 0), 'To @Bob Smith ', 14))).toBe('To <@bob-3> ');
  });

  it('tells by the caret which of two like places was changed', () => {
    const { draft } = mentioned(emptyDraft, [0, 0], people[0]);
    // A second @Bob, not picked by hand, is pasted before the first: both are known, and both are Bob.
    expect(sentText(edited(draft, '@Bob @Bob ', 5))).toBe('<@bob-1> <@bob-1> ');
    expect(sentText(edited(draft, 'x@Bob ', 1))).toBe('x<@bob-1> ');
  });

  it('leaves a mention of somebody unknown as it is', () => {
    expect(draftOf('<@nobody> and <@ali>', nameOf)).toMatchObject({ text: '<@nobody> and @علي' });
  });

  it('is sent as what it shows, whatever is done to it', () => {
    const step = fc.oneof(
      fc.record({
        at: fc.nat(),
        cut: fc.nat(6),
        put: fc.string({ unit: fc.constantFrom(...'<> Bobmith@🎉') }),
      }),
      fc.record({ at: fc.nat(), cut: fc.nat(6), person: fc.constantFrom(...people) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let draft: Draft = emptyDraft;
        for (const change of steps) {
          const start = change.at % (draft.text.length + 1);
          const place = [start, Math.min(draft.text.length, start + change.cut)] as const;
          // A `<@id>` that is typed by hand is no draft's mention, but is one to the server.
          const put = 'put' in change ? change.put.replaceAll('<@', '') : '';
          const next = 'put' in change ? inserted(draft, place, put) : mentioned(draft, place, change.person);
          if (!/<@[A-Za-z0-9-]+>/.test(next.draft.text)) draft = next.draft;
          let from = 0;
          for (const { start, end, userId } of draft.mentions) {
            expect(start).toBeGreaterThanOrEqual(from);
            expect(draft.text.slice(start, end)).toBe(`@${nameOf(userId)}`);
            from = end;
          }
          const again = draftOf(sentText(draft), nameOf);
          expect({ text: again.text, mentions: again.mentions }).toEqual({
            text: draft.text,
            mentions: draft.mentions,
          });
        }
      }),
    );
  });
});

/** The draft with a person picked from the list, in place of what was typed of them. */
function mentioned(draft: Draft, place: readonly [number, number], person: { userId: string; name: string }) {
  return inserted(withPicked(draft, person), place, `@${person.name} `);
}
