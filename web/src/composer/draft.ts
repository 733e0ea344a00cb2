import { limits } from '#shared/contract/limits.ts';

/** Where a draft's text shows a person's name, as `@Name`. */
interface Mention {
  readonly start: number;
  readonly end: number;
  readonly userId: string;
}

/** A person's name as it was put into a draft. */
interface Picked {
  readonly shown: string;
  readonly userId: string;
}

/**
 * A message while it is written. A text field holds only text, so what is a mention is kept beside it: a name may hold
 * spaces, and two people may have the same one.
 */
export interface Draft {
  readonly text: string;
  /** In the order of the text, none over another. */
  readonly mentions: readonly Mention[];
  /** Whose name was put in, the latest first: it is a mention again where an undo, or a paste, brings it back. */
  readonly picked: readonly Picked[];
}

export const emptyDraft: Draft = { text: '', mentions: [], picked: [] };

/** The draft of a text as it is sent, to edit it. A mention of somebody without a known name stays `<@userId>`. */
export function draftOf(sent: string, nameOf: (userId: string) => string | undefined): Draft {
  let text = '';
  let from = 0;
  const mentions: Mention[] = [];
  let picked: readonly Picked[] = [];
  for (const { 0: token, 1: userId = '', index } of sent.matchAll(/<@([A-Za-z0-9-]{1,64})>/g)) {
    const name = nameOf(userId);
    if (name === undefined) continue;
    text += sent.slice(from, index);
    from = index + token.length;
    mentions.push({ start: text.length, end: text.length + name.length + 1, userId });
    picked = remembered({ shown: `@${name}`, userId }, picked);
    text += `@${name}`;
  }
  return { text: text + sent.slice(from), mentions, picked };
}

/** The text as it is sent: `<@userId>` for each mention. */
export function sentText({ text, mentions }: Draft): string {
  let sent = '';
  let from = 0;
  for (const { start, end, userId } of mentions) {
    sent += `${text.slice(from, start)}<@${userId}>`;
    from = end;
  }
  return sent + text.slice(from);
}

/**
 * The draft after its text became another, with the caret (a UTF-16 offset) where it is now. A mention whose name was
 * changed is one no more.
 */
export function edited(draft: Draft, text: string, caret = text.length): Draft {
  const change = changeBetween(draft.text, text, caret);
  const moved = text.length - draft.text.length;
  const kept = draft.mentions.flatMap((mention) => {
    if (mention.end <= change.start) return [mention];
    if (mention.start < change.oldEnd) return [];
    return [{ ...mention, start: mention.start + moved, end: mention.end + moved }];
  });
  const mentions = [...kept];
  for (const found of broughtBack(text, draft.picked, change)) {
    if (mentions.every(({ start, end }) => found.end <= start || end <= found.start)) mentions.push(found);
  }
  return { ...draft, text, mentions: mentions.sort((a, b) => a.start - b.start) };
}

/** The draft with what is from `start` up to `end` replaced, and where the caret goes. */
export function inserted(draft: Draft, [start, end]: readonly [number, number], what: string) {
  const caret = start + what.length;
  const text = draft.text.slice(0, start) + what + draft.text.slice(end);
  return { draft: edited(draft, text, caret), caret };
}

/** The draft once a person was picked: `@Name` is a mention of theirs wherever it is put in from now on. */
export function withPicked(draft: Draft, { userId, name }: { userId: string; name: string }): Draft {
  return { ...draft, picked: remembered({ shown: `@${name}`, userId }, draft.picked) };
}

function remembered(person: Picked, picked: readonly Picked[]): readonly Picked[] {
  const others = picked.filter(({ shown, userId }) => shown !== person.shown || userId !== person.userId);
  return [person, ...others].slice(0, limits.mentions);
}

interface Change {
  /** The same offset in both texts. */
  start: number;
  oldEnd: number;
  newEnd: number;
}

/** What lies between the beginning and the end that both texts share. What is typed ends at the caret. */
function changeBetween(before: string, after: string, caret: number): Change {
  const shorter = Math.min(before.length, after.length);
  let tail = 0;
  const tailMost = Math.min(shorter, after.length - caret);
  while (tail < tailMost && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  let start = 0;
  while (start < shorter - tail && before[start] === after[start]) start++;
  return { start, oldEnd: before.length - tail, newEnd: after.length - tail };
}

/** Names that the change completed, the longest first: of `@Bob` and `@Bob Smith`, the latter. */
function broughtBack(text: string, picked: readonly Picked[], { start, newEnd }: Change): Mention[] {
  const longestFirst = [...picked].sort((a, b) => b.shown.length - a.shown.length);
  return longestFirst.flatMap(({ shown, userId }) => {
    const found: Mention[] = [];
    let at = text.indexOf(shown, Math.max(0, start - shown.length));
    while (at >= 0 && at <= newEnd) {
      found.push({ start: at, end: at + shown.length, userId });
      at = text.indexOf(shown, at + shown.length);
    }
    return found;
  });
}
