import { limits } from '#shared/contract/limits.ts';

/** Whether receipts, presence and typing of a room are told. */
export function isSmall({ memberCount }: { memberCount: number }): boolean {
  return memberCount <= limits.presenceMembers;
}
