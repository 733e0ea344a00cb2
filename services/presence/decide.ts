import { Conflict, retryOnConflict } from '#shared/storage/documents.ts';
import { type Presence, type Presences, presenceLifeMs } from '#shared/storage/presence.ts';

/**
 * Brings what is told of a person in line with their connections, however many records say that these changed, in
 * whatever order and by whichever workers they are looked at.
 *
 * Nothing is counted: the connections are read, and what differs is written on the condition that it is still what was
 * read. That alone would not do. While one worker is about to write that somebody is offline, another may see their new
 * connection, find them told as online, and rightly write nothing. So whoever has written looks again. Then the last one
 * to write has seen the connections after it wrote, and each later change has a record of its own, whose worker does.
 * @returns the changes that it wrote, in order; none where all was well
 */
export async function decide(
  userId: string,
  presences: Pick<Presences, 'read' | 'isConnected' | 'change' | 'renew'>,
): Promise<boolean[]> {
  const written: boolean[] = [];
  await retryOnConflict(async () => {
    for (;;) {
      const told = await presences.read(userId);
      const connected = await presences.isConnected(userId, Date.now());
      if (connected === (told?.online ?? false)) return await renewIfOld(told, presences);
      if (!(await presences.change(userId, told, connected, Date.now()))) throw new Conflict();
      written.push(connected);
    }
  });
  return written;
}

async function renewIfOld(told: Presence | undefined, presences: Pick<Presences, 'renew'>): Promise<void> {
  const now = Date.now();
  if (told?.online && told.expiresAt - now < presenceLifeMs / 2) await presences.renew(told, now);
}
