import { type Draft, emptyDraft } from './draft.ts';

/** What a person has written in a room and not sent yet, on this device. */
export function savedDraft(userId: string, room: string): Draft {
  try {
    return parsed(JSON.parse(localStorage.getItem(keyOf(userId, room)) ?? 'null')) ?? emptyDraft;
  } catch {
    // Somebody else's value, or storage that is switched off: there is no draft then.
    return emptyDraft;
  }
}

export function saveDraft(userId: string, room: string, draft: Draft): void {
  try {
    if (draft.text === '') localStorage.removeItem(keyOf(userId, room));
    else localStorage.setItem(keyOf(userId, room), JSON.stringify(draft));
  } catch {
    // Storage is full or switched off: the draft lives as long as the page does.
  }
}

function keyOf(userId: string, room: string): string {
  return `fanfare.draft.${userId}.${room}`;
}

function parsed(value: unknown): Draft | undefined {
  if (!isRecord(value) || typeof value.text !== 'string') return undefined;
  const { text } = value;
  const mentions = list(value.mentions).flatMap(({ start, end, userId }) =>
    typeof start === 'number' && typeof end === 'number' && typeof userId === 'string'
      ? [{ start, end, userId }]
      : [],
  );
  const picked = list(value.picked).flatMap(({ shown, userId }) =>
    typeof shown === 'string' && typeof userId === 'string' ? [{ shown, userId }] : [],
  );
  return { text, mentions, picked };
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
