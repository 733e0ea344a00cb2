import pLimit from 'p-limit';
import { limits } from '#shared/contract/limits.ts';
import type { PushedMessage } from '#shared/contract/push.ts';
import { logger } from '#shared/observability/logger.ts';
import { measure } from '#shared/observability/metrics.ts';
import type { Members } from '#shared/storage/members.ts';
import type { Message, Messages } from '#shared/storage/messages.ts';
import type { Notified } from '#shared/storage/notified.ts';
import type { Presences } from '#shared/storage/presence.ts';
import type { PushSubscription, PushSubscriptions } from '#shared/storage/push-subscriptions.ts';
import type { Member, Rooms } from '#shared/storage/rooms.ts';
import { type Failures, toError } from '../batch/process-batch.ts';
import { newsSeconds, type Outcome } from './post-push.ts';
import { pushedMessageOf } from './pushed-message.ts';

/** A message, by its place: what it says, and whom it mentions, is read when they are told. */
export interface Sent {
  room: string;
  seq: number;
  /** When it was sent (ms since the epoch). */
  at: number;
}

export interface Collaborators {
  rooms: Rooms;
  members: Members;
  messages: Messages;
  presences: Presences;
  subscriptions: PushSubscriptions;
  notified: Notified;
  post: (subscription: PushSubscription, message: PushedMessage) => Promise<Outcome>;
}

/** Some of a message's pushes may go well later. */
class PushesFailed extends Error {
  override readonly name = 'PushesFailed';
}

/**
 * Pushes at once. The most that a batch can ask for, ten messages that mention twenty people with ten browsers each, is
 * through after eight rounds, which hanging push services make three seconds each: within the function's timeout.
 */
const pushesAtOnce = 250;

/**
 * Tells those whom messages mention, or to whom they were written directly, where they have no live connection.
 * @returns the messages of which somebody could not be told yet: once more, and only they will be
 */
export async function notify(sent: Sent[], collaborators: Collaborators): Promise<Failures<Sent>> {
  const limit = pLimit(pushesAtOnce);
  const post: Collaborators['post'] = (...push) => limit(() => collaborators.post(...push));
  const failures: Failures<Sent> = new Map();
  await Promise.all(
    sent.map(async (each) => {
      try {
        await notifyOfOne(each, { ...collaborators, post });
      } catch (error) {
        failures.set(each, toError(error));
      }
    }),
  );
  return failures;
}

async function notifyOfOne({ room, seq, at }: Sent, collaborators: Collaborators): Promise<void> {
  // Of a redrive or a replayed archive.
  if (at < Date.now() - newsSeconds * 1000) return logger.info('Too old to notify of', { room, seqs: [seq] });
  const message = await collaborators.messages.read(room, seq);
  if (!message || message.deletedAt !== undefined) return;
  const { people, roomName } = await concernedBy(message, collaborators);
  const names = new Map([...people, memberOf(message)].map(({ userId, name }) => [userId, name]));
  const pushed = pushedMessageOf(message, names, roomName);
  const unaware = people.filter(({ userId, readSeq }) => userId !== message.sender && readSeq < seq);
  const told = await Promise.allSettled(unaware.map((person) => tell(person, pushed, collaborators)));
  const failures = told.filter((each) => each.status === 'rejected');
  const browsers = told.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  logger.info('Notified', {
    room,
    seqs: [seq],
    correlationIds: [message.id],
    people: browsers.filter((count) => count > 0).length,
    browsers: browsers.reduce((sum, count) => sum + count, 0),
    failed: failures.length,
  });
  if (failures[0]) throw failures[0].reason;
}

type Person = Pick<Member, 'userId' | 'name' | 'readSeq'>;

/** Those members of the room whom a message is for, and the name of the room if it has one. */
async function concernedBy(
  { roomId, direct, mentions = [] }: Message,
  { rooms, members }: Collaborators,
): Promise<{ people: Person[]; roomName: string | undefined }> {
  if (direct) {
    const { items } = await members.list(roomId, undefined, limits.directPeople);
    return { people: items, roomName: undefined };
  }
  const views = await Promise.all(
    mentions.map(async (userId) => (await rooms.readForSubscribe([roomId], userId)).get(roomId)),
  );
  return {
    people: views.flatMap((view) => view?.member ?? []),
    roomName: views.find((view) => view?.room)?.room?.name,
  };
}

function memberOf({ sender, senderName }: Message): Pick<Person, 'userId' | 'name'> {
  return { userId: sender, name: senderName };
}

/**
 * Pushes to a person's browsers, unless they have a live connection.
 * @returns how many browsers took it
 * @throws PushesFailed where some may take it later
 */
async function tell(
  { userId }: Person,
  pushed: PushedMessage,
  collaborators: Collaborators,
): Promise<number> {
  const { presences, subscriptions, notified, post } = collaborators;
  const { room, seq } = pushed;
  const browsers = await subscriptions.list(userId);
  if (browsers.length === 0 || (await presences.isConnected(userId, Date.now()))) return 0;
  const telling = { room, seq, userId };
  const wasPushed = await notified.claim(telling, Date.now());
  if (!wasPushed) return 0;

  const outcomes = await Promise.all(
    browsers
      .filter(({ endpoint }) => !wasPushed(endpoint))
      .map(async (browser) => ({ endpoint: browser.endpoint, outcome: await post(browser, pushed) })),
  );
  const of = (...some: Outcome[]) =>
    outcomes.flatMap(({ endpoint, outcome }) => (some.includes(outcome) ? [endpoint] : []));
  await notified.settle(telling, of('pushed', 'refused'), of('failed').length === 0, Date.now());
  measure('PushesSent', of('pushed').length);
  measure('PushesFailed', of('refused', 'failed').length);
  await forget(userId, of('gone'), collaborators);
  if (of('failed').length > 0)
    throw new PushesFailed(`${of('failed').length} pushes of ${room} ${seq} may go well later`);
  return of('pushed').length;
}

async function forget(
  userId: string,
  gone: string[],
  { subscriptions }: Pick<Collaborators, 'subscriptions'>,
): Promise<void> {
  if (gone.length === 0) return;
  await subscriptions.remove(userId, gone);
  measure('PushSubscriptionsRemoved', gone.length);
}
