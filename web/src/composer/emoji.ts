/// <reference types="vite/client" />
import Database from 'emoji-picker-element/database.js';
import dataUrl from 'emoji-picker-element-data/en/emojibase/data.json?url';

/** The names of all emoji, as a file of the page's own: nothing is asked of others' servers. */
export const emojiData = { dataSource: dataUrl, locale: 'en' };

export interface NamedEmoji {
  emoji: string;
  /** `thumbs_up`, as it is typed between colons. */
  name: string;
}

let database: Database | undefined;

/** Emoji whose names begin with the text, the usual ones first. Empty where the data cannot be read. */
export async function findEmoji(text: string): Promise<NamedEmoji[]> {
  database ??= new Database(emojiData);
  const wanted = text.toLowerCase();
  const found = await database.getEmojiBySearchQuery(wanted.replaceAll('_', ' '));
  return found
    .flatMap((entry) => {
      if (!('unicode' in entry)) return [];
      const names = entry.shortcodes ?? [];
      const name = names.find((shortcode) => shortcode.startsWith(wanted)) ?? names[0];
      return name === undefined ? [] : [{ emoji: entry.unicode, name, begins: name.startsWith(wanted) }];
    })
    .sort((a, b) => Number(b.begins) - Number(a.begins))
    .slice(0, 8)
    .map(({ emoji, name }) => ({ emoji, name }));
}
