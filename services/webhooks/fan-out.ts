import type { Webhooks } from '#shared/storage/webhooks.ts';
import type { MessageSent, WebhookJob } from './jobs.ts';

interface Collaborators {
  webhooks: Webhooks;
  sendJobs: (jobs: WebhookJob[]) => Promise<void>;
}

/** Makes one job for each webhook that the message's room has now. Done again, it makes copies, which receivers can tell. */
export async function fanOut(
  { room, message }: MessageSent,
  { webhooks, sendJobs }: Collaborators,
): Promise<void> {
  const enabled = (await webhooks.list(room)).filter(({ disabledAt }) => disabledAt === undefined);
  await sendJobs(enabled.map(({ id }) => ({ room, webhook: id, message, attempt: 1 })));
}
