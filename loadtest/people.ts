import pLimit from 'p-limit';
import { z } from 'zod';
import { bearerPrefix, subprotocol } from '#shared/contract/protocol.ts';
import { now, sleepUntil } from './client/clock.ts';
import { type Channel, LightSocket } from './client/light-socket.ts';

/** New connections a second: under API Gateway's default quota of 500. */
const connectionsPerSecond = 400;
/** Sign-ins, and upgrades, that are under way at once. */
const atOnce = 32;

/** Access tokens of the local cloud, one for each person; a new name is signed up. */
export async function signIn(
  url: string,
  count: number,
  progress: (done: number) => void,
): Promise<string[]> {
  let done = 0;
  const limit = pLimit(atOnce);
  return await limit.map(
    Array.from({ length: count }, (_, index) => `load-${index}`),
    async (username) => {
      const token = await accessToken(url, username);
      progress(++done);
      return token;
    },
  );
}

async function accessToken(url: string, username: string): Promise<string> {
  const response = await fetch(`${url}/_local/identity/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username }),
  }).catch((cause: unknown) => {
    throw new Error(`No local cloud answers at ${url}: start it with npm start, or use --start.`, { cause });
  });
  const body: unknown = await response.json().catch(() => undefined);
  const answer = z.object({ accessToken: z.string() }).safeParse(body);
  if (!answer.success) throw new Error(`${url} gave no token for ${username}: ${JSON.stringify(body)}`);
  return answer.data.accessToken;
}

/** Opens a socket for each token, at a rate that API Gateway takes. */
export async function connect(
  url: string,
  tokens: string[],
  progress: (done: number) => void,
): Promise<Channel[]> {
  const address = webSocketUrl(url);
  return await openAll(tokens.length, connectionsPerSecond, progress, (index) =>
    LightSocket.open({ url: address, protocols: protocolsOf(tokens[index] ?? '') }),
  );
}

/** Where clients of the local cloud at `url` connect. */
export function webSocketUrl(url: string): string {
  return `${url.replace('http', 'ws')}/ws`;
}

/** The subprotocols that carry a token, as a browser offers them. */
export function protocolsOf(token: string): string[] {
  return [subprotocol, bearerPrefix + token];
}

/** Opens `count` channels, at most `perSecond`, a few at once. */
export async function openAll(
  count: number,
  perSecond: number,
  progress: (done: number) => void,
  open: (index: number) => Promise<Channel>,
): Promise<Channel[]> {
  const startedAt = now();
  let done = 0;
  const limit = pLimit(atOnce);
  return await limit.map(
    Array.from({ length: count }, (_, index) => index),
    async (index) => {
      await sleepUntil(startedAt + (index * 1000) / perSecond);
      const channel = await open(index);
      progress(++done);
      return channel;
    },
  );
}
