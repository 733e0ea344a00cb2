import { expect, it } from 'vitest';
import { NamesStore } from './names.ts';

it('asks once for all names that are wanted together, and for none that is known', async () => {
  const asked: (readonly string[])[] = [];
  const names = new NamesStore({
    people: async (ids) => {
      asked.push(ids);
      return { people: ids.map((userId) => ({ userId, name: `Name of ${userId}` })) };
    },
  });
  names.learn('a', 'Ann');
  for (const id of ['a', 'b', 'c', 'b']) names.want(id);
  await expect.poll(() => names.get('c')).toBe('Name of c');
  names.want('b');
  expect(asked).toEqual([['b', 'c']]);
});

it('takes a name as it is now over one of the past', () => {
  const names = new NamesStore({ people: async () => ({ people: [] }) });
  names.heard('a', 'Annie');
  names.learn('a', 'Ann');
  names.heard('a', 'Annie');
  expect(names.get('a')).toBe('Ann');
});
