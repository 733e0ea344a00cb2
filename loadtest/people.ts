import pLimit from 'p-limit';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { bearerPrefix, subprotocol } from '#shared/contract/protocol.ts';

/** New connections a second: under API Gateway's default quota of 500. */
const connectionsPerSecond = 400;
/** Sign-ins, and upgrades, that are under way at once. */
const atOnce = 32;
const openTimeoutMs = 30_000;

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
): Promise<WebSocket[]> {
  const address = `${url.replace('http', 'ws')}/ws`;
  const startedAt = performance.now();
  let done = 0;
  const limit = pLimit(atOnce);
  return await limit.map(tokens, async (token, index) => {
    await sleepUntil(startedAt + (index * 1000) / connectionsPerSecond);
    const socket = await open(address, token);
    progress(++done);
    return socket;
  });
}

async function open(address: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(address, [subprotocol, bearerPrefix + token], {
    handshakeTimeout: openTimeoutMs,
    perMessageDeflate: false,
  });
  return await new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** @param at on `performance.now()`'s clock */
export async function sleepUntil(at: number): Promise<void> {
  const wait = at - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}
