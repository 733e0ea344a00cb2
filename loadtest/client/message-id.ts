import { randomUUID } from 'node:crypto';

/** A name for a run of messages, whose ids are then as long as those of the client: a UUID's 36 characters. */
export function newRun(): string {
  return randomUUID().slice(0, 27);
}

/** @param number 0 to 99,999,999 */
export function messageId(run: string, number: number): string {
  return `${run}-${String(number).padStart(8, '0')}`;
}

/** The number of a message of this run, by its id; undefined for another's. */
export function numberOf(id: string, run: string): number | undefined {
  if (!id.startsWith(run) || id.length !== 36) return undefined;
  const number = Number(id.slice(run.length + 1));
  return Number.isInteger(number) ? number : undefined;
}
