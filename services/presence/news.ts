import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { connectionKeys } from '#shared/storage/keys.ts';
import { personOf, toPresence } from '#shared/storage/presence.ts';
import { imagesOf } from '../changes/changes.ts';

/** What a record of the connections table's stream says of a person. */
export interface News {
  userId: string;
  /** A connection came or went: whether they are online may have to be told anew. */
  mayDiffer: boolean;
  /** They are told to be online, or offline, since then. */
  told?: { online: boolean; at: number };
}

/** @throws ZodError where a row is not what it should be */
export function newsOf(record: DynamoDBRecord): News {
  const { before, after } = imagesOf(record);
  const { pk, sk } = z.object({ pk: z.string(), sk: z.string() }).parse(after ?? before);
  const userId = personOf(pk);
  if (sk !== connectionKeys.presence(userId).sk) return { userId, mayDiffer: true };

  const was = toPresence(before);
  const is = toPresence(after);
  // It was believed for another day, or somebody who was offline for long is forgotten.
  if ((is?.online ?? false) === (was?.online ?? false)) return { userId, mayDiffer: false };
  if (is) return { userId, mayDiffer: false, told: { online: is.online, at: is.at } };
  // Nothing renewed it. Should they be online after all, that is told as of now, and so later than this.
  return { userId, mayDiffer: true, told: { online: false, at: (was?.at ?? 0) + 1 } };
}
