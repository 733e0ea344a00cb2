import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionId } from '#shared/storage/connections.ts';
import { concurrency, type Payload, type PostOutcome } from './post.ts';

/** Tries a post within one invocation; what fails them all is requeued. */
const attempts = 3;
const baseDelayMs = 50;

/** How long the last connections may keep an invocation from its next job. A healthy post takes about ten ms. */
const patienceMs = 1_000;

export type Post = (connectionId: string, payload: Payload) => Promise<PostOutcome>;

/** What came of posting a shard's frames. */
export interface PostResults {
  delivered: ConnectionId[];
  gone: ConnectionId[];
  failed: ConnectionId[];
  /** Calls that were made, and how many of them were answered 429. */
  posts: number;
  throttled: number;
  /** Calls that repeated another. */
  retried: number;
}

/**
 * Posts the frames, in order, to every connection. At most `concurrency` connections are being posted to at once, and
 * a slow one holds up nobody but itself: who has not answered `patienceMs` after the last one's turn began counts as
 * failed, to be handed on. A late answer may mean a second copy then, which clients drop. 429, 5xx, network errors and timeouts are tried again after a random wait
 * that grows; 410 is never tried again.
 * @param deadline milliseconds since the epoch; what has not been tried by then counts as failed, and nothing is tried
 * again after it
 */
export async function postAll(
  connections: ConnectionId[],
  frames: Payload[],
  post: Post,
  deadline: number,
): Promise<PostResults> {
  const results: PostResults = { delivered: [], gone: [], failed: [], posts: 0, throttled: 0, retried: 0 };
  const waiting = connections.values();
  const unanswered = new Set(connections);
  const lastBegun = Promise.withResolvers<void>();
  let begun = 0;
  const lane = async () => {
    for (const connection of waiting) {
      if (++begun === connections.length) lastBegun.resolve();
      const late = Date.now() >= deadline;
      const outcome = late
        ? 'failed'
        : await postFrames(connection.connectionId, frames, { post, deadline, count: results });
      if (unanswered.delete(connection))
        results[outcome === 'throttled' ? 'failed' : outcome].push(connection);
    }
  };
  const lanes = Promise.all(Array.from({ length: Math.min(concurrency, connections.length) }, lane));
  await Promise.race([lanes, lastBegun.promise.then(() => sleep(patienceMs, undefined, { ref: false }))]);

  results.failed.push(...unanswered);
  unanswered.clear();
  return results;
}

interface Posting {
  post: Post;
  deadline: number;
  count: PostResults;
}

async function postFrames(id: string, frames: Payload[], posting: Posting): Promise<PostOutcome> {
  for (const frame of frames) {
    const outcome = await postUntilAnswered(id, frame, posting);
    if (outcome !== 'delivered') return outcome;
  }
  return 'delivered';
}

async function postUntilAnswered(
  id: string,
  frame: Payload,
  { post, deadline, count }: Posting,
): Promise<PostOutcome> {
  for (let tried = 1; ; tried++) {
    const outcome = await post(id, frame);
    count.posts++;
    if (tried > 1) count.retried++;
    if (outcome === 'throttled') count.throttled++;
    if (outcome === 'delivered' || outcome === 'gone') return outcome;
    if (tried === attempts || Date.now() >= deadline) return outcome;
    await sleep(Math.random() * baseDelayMs * 4 ** tried);
  }
}
