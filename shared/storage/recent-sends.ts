import { hash } from 'node:crypto';
import * as z from 'zod';

/** A send that is remembered, so that its repetition is known for one. */
export interface RecentSend {
  /** `sendName` of the client's own id. */
  name: string;
  seq: number;
  /** Milliseconds since the epoch. */
  sentAt: number;
}

/** Eight bytes of a hash: among the few sends that are compared, two ids meet once in 10^17 sends. */
const nameLength = 11;
/** Of milliseconds in base 36: eight digits until the year 2059. */
const timeLength = 8;

/** A client's own id of a send as it is remembered, which is a third of its length. */
export function sendName(clientId: string): string {
  return hash('sha256', clientId, 'base64url').slice(0, nameLength);
}

/**
 * The latest sends in one text, 25 characters each: with 32 of them a sender's row stays under the kilobyte that
 * DynamoDB writes for one unit, and is one attribute value in place of a hundred. Every send reads and writes it.
 */
export const recentSends = z.codec(z.string(), z.array(z.custom<RecentSend>()), {
  decode: (text) => text.split(',').filter(Boolean).map(readSend),
  encode: (sends) => sends.map(writeSend).join(),
});

function readSend(text: string): RecentSend {
  const rest = nameLength + timeLength;
  return {
    name: text.slice(0, nameLength),
    sentAt: Number.parseInt(text.slice(nameLength, rest), 36),
    seq: Number.parseInt(text.slice(rest), 36),
  };
}

function writeSend({ name, seq, sentAt }: RecentSend): string {
  return name + sentAt.toString(36).padStart(timeLength, '0') + seq.toString(36);
}
