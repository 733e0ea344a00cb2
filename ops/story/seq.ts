import { InvalidArgumentError } from 'commander';

/** Parses a message's number: a whole one, from 1. */
export function parseSeq(value: string): number {
  const seq = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(seq) && seq >= 1) return seq;
  throw new InvalidArgumentError("A message's seq is a whole number from 1.");
}
