import { ApiError, FanfareError } from '#client';

/** Why something failed, in words for people. */
export function reasonOf(error: unknown): string {
  if (error instanceof FanfareError) return byCode[error.code] ?? sentence(error.message);
  if (error instanceof ApiError) return sentence(error.message);
  // What `fetch` rejects with where no server answers.
  if (error instanceof TypeError) return 'The server cannot be reached. Check your connection and try again.';
  return error instanceof Error ? sentence(error.message) : 'Something went wrong.';
}

const byCode: Record<string, string> = {
  muted: 'You are muted here for now.',
  not_member: 'You are not a member of this room.',
  archived: 'This room is archived.',
};

function sentence(text: string): string {
  const start = text.charAt(0).toLocaleUpperCase() + text.slice(1);
  return /[.!?…]$/.test(start) ? start : `${start}.`;
}
