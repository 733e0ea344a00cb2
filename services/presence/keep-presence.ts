import { logChanges, logger } from '#shared/observability/logger.ts';
import { measure } from '#shared/observability/metrics.ts';
import type { Presences } from '#shared/storage/presence.ts';
import type { Rooms } from '#shared/storage/rooms.ts';
import { type Failures, toError } from '../batch/process-batch.ts';
import type { Change } from '../changes/changes.ts';
import { dispatch, type SendJobs } from '../dispatch/dispatch.ts';
import { decide } from './decide.ts';
import type { News } from './news.ts';
import { tell } from './tell.ts';

export interface Collaborators {
  presences: Presences;
  rooms: Rooms;
  sendJobs: SendJobs;
}

/**
 * Does the two things that a batch of the connections table's stream may ask for. Where connections came or went, it
 * looks once for each person whether they are online, and writes where that changed. Where such a write was made, the
 * person's rooms are told, of the newest state alone.
 * @returns the records of the people for whom it did not work; the stream offers them again
 */
export async function keepPresence(batch: News[], collaborators: Collaborators): Promise<Failures<News>> {
  const byPerson = [...Map.groupBy(batch, ({ userId }) => userId)];
  const outcomes = await Promise.all(
    byPerson.map(async ([userId, news]) => {
      try {
        const [changes] = await Promise.all([
          changesToTell(news, collaborators.rooms),
          news.some(({ mayDiffer }) => mayDiffer) && decideMeasured(userId, collaborators.presences),
        ]);
        return { news, changes };
      } catch (error) {
        logger.error('Whether somebody is online is not known', { userId, error });
        return { news, changes: [], error: toError(error) };
      }
    }),
  );
  const records = outcomes.map(({ changes }) => changes);
  const unsent = await dispatch(records, collaborators.sendJobs).catch((error: unknown) => {
    logger.error('Nobody could be told', { error });
    return new Map(records.filter(({ length }) => length > 0).map((changes) => [changes, toError(error)]));
  });
  logChanges('Told', records.filter((changes) => !unsent.has(changes)).flat());

  const failed = outcomes.flatMap(({ news, changes, error = unsent.get(changes) }) =>
    error ? [{ news, error }] : [],
  );
  if (failed.length > 0) measure('FailedPresences', failed.length);
  return new Map(failed.flatMap(({ news, error }) => news.map((each): [News, Error] => [each, error])));
}

async function changesToTell(news: News[], rooms: Rooms): Promise<Change[]> {
  const newest = news
    .flatMap(({ userId, told }) => (told ? [{ userId, ...told }] : []))
    .toSorted(byTime)
    .at(-1);
  return newest ? await tell(newest, rooms, Date.now()) : [];
}

function byTime(a: { at: number }, b: { at: number }): number {
  return a.at - b.at;
}

async function decideMeasured(userId: string, presences: Presences): Promise<void> {
  for (const online of await decide(userId, presences)) measure(online ? 'CameOnline' : 'WentOffline', 1);
}
