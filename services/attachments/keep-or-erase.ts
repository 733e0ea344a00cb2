import * as z from 'zod';
import type { Place } from '#shared/storage/attachment-links.ts';
import type { Attachments } from '#shared/storage/attachments.ts';
import { type Failures, toError } from '../batch/process-batch.ts';

/** What became of the files of one message. */
export interface FilesChange extends Place {
  what: 'sent' | 'deleted';
  ids: string[];
}

const id = z.object({ id: z.string() });
const busEvent = z.discriminatedUnion('detail-type', [
  z.object({
    'detail-type': z.literal('MessageSent'),
    detail: z.object({ room: z.string(), sender: z.string(), attachments: z.array(id) }),
  }),
  z.object({
    'detail-type': z.literal('MessageDeleted'),
    detail: z.object({
      room: z.string(),
      message: z.object({ sender: z.string() }),
      erased: z.array(z.string()),
    }),
  }),
]);

/** Of an event of the bus. @throws ZodError where it tells of no files */
export function filesChange(event: unknown): FilesChange {
  const told = busEvent.parse(event);
  if (told['detail-type'] === 'MessageSent') {
    const { room, sender, attachments } = told.detail;
    return { what: 'sent', room, sender, ids: attachments.map((each) => each.id) };
  }
  const { room, message, erased } = told.detail;
  return { what: 'deleted', room, sender: message.sender, ids: erased };
}

export interface Outcome {
  kept: number;
  erased: number;
  /** Files that messages name and that are not there: never uploaded, or erased since. */
  missing: number;
  failures: Failures<FilesChange>;
}

/** The files of sent messages stay, those of deleted ones go. Copies and any order of the changes do no harm. */
export async function keepOrErase(changes: FilesChange[], attachments: Attachments): Promise<Outcome> {
  const outcome: Outcome = { kept: 0, erased: 0, missing: 0, failures: new Map() };
  const settle = async (change: FilesChange) => {
    if (change.what === 'deleted') {
      await attachments.erase(change, change.ids);
      outcome.erased += change.ids.length;
      return;
    }
    const kept = await Promise.all(change.ids.map((each) => attachments.keep(change, each)));
    outcome.kept += kept.filter((there) => there).length;
    outcome.missing += kept.filter((there) => !there).length;
  };
  await Promise.all(
    changes.map((change) =>
      settle(change).catch((error: unknown) => outcome.failures.set(change, toError(error))),
    ),
  );
  return outcome;
}
