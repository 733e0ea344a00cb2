import { limits } from '#shared/contract/limits.ts';

/** Whom a text mentions, as `<@userId>`, each once. What comes after `limits.mentions` is text like any other. */
export function mentionsIn(text: string): string[] | undefined {
  const users = new Set(Array.from(text.matchAll(/<@([A-Za-z0-9-]{1,64})>/g), ([, user = '']) => user));
  return users.size > 0 ? [...users].slice(0, limits.mentions) : undefined;
}
