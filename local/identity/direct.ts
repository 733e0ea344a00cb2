import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { readBody } from '../http.ts';
import { sendJson } from './endpoints.ts';
import { type Identity, NoSinglePoolError } from './identity.ts';
import { isForThePerson } from './sign-in.ts';

/** The longest that Cognito lets an access token live is a day. */
const asked = z.strictObject({
  username: z.string(),
  expiresInSeconds: z.number().int().min(1).max(86_400).optional(),
});

/**
 * `POST /_local/identity/token {"username", "expiresInSeconds"?}`: tokens with no browser, for `npm run token`. From
 * this machine only, and not from a page: a browser says its origin.
 */
export async function direct(
  identity: Identity,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const local = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(request.socket.remoteAddress ?? '');
  if (!local || request.headers.origin !== undefined) {
    return sendJson(response, 403, { message: 'Tokens are given to programs on this machine only.' });
  }
  if (request.method !== 'POST') return sendJson(response, 405, { message: 'POST only.' });
  const body = parseJson((await readBody(request)).toString());
  const parsed = asked.safeParse(body);
  if (!parsed.success) {
    return sendJson(response, 400, {
      message: 'Expected {"username": string, "expiresInSeconds"?: 1 to 86400}.',
    });
  }
  const { username, expiresInSeconds } = parsed.data;
  try {
    sendJson(
      response,
      200,
      await identity.accessToken(username, expiresInSeconds === undefined ? {} : { expiresInSeconds }),
    );
  } catch (error) {
    if (!isForThePerson(error) && !(error instanceof NoSinglePoolError)) throw error;
    sendJson(response, 400, { message: error.message });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
