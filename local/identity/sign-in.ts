import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import { z } from 'zod';
import { readBody } from '../http.ts';
import { errorPage, pageHeaders, signInPage } from './page.ts';
import { type Pool, SignUpClosedError } from './pool.ts';
import { TriggerError } from './triggers.ts';
import { NameError } from './users.ts';

const requested = z.object({ client_id: z.string(), redirect_uri: z.string() });

/** Shows the sign-in page, and takes its answer: back to the client with a code, or the page again with an error. */
export async function signIn(
  pool: Pool,
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const params = await pendingRequest(provider, request, response);
  if (!params) {
    response.writeHead(400, pageHeaders());
    response.end(errorPage('It has expired, or was begun in another browser.'));
    return;
  }
  const headers = pageHeaders([new URL(params.redirect_uri).origin]);
  if (request.method !== 'POST') {
    response.writeHead(200, headers);
    response.end(signInPage());
    return;
  }

  const typed = new URLSearchParams((await readBody(request)).toString()).get('username') ?? '';
  try {
    const user = await pool.signIn(typed, params.client_id);
    await provider.interactionFinished(request, response, {
      login: { accountId: user.sub, remember: false },
    });
  } catch (error) {
    if (!isForThePerson(error)) throw error;
    response.writeHead(400, headers);
    response.end(signInPage({ error: error.message, typed }));
  }
}

/** Whether the message of `error` may be shown to the person who signs in. */
export function isForThePerson(error: unknown): error is Error {
  return error instanceof NameError || error instanceof TriggerError || error instanceof SignUpClosedError;
}

/** The authorization request that the browser's cookie belongs to, while it lasts. */
async function pendingRequest(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<z.infer<typeof requested> | undefined> {
  try {
    return requested.parse((await provider.interactionDetails(request, response)).params);
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return undefined;
    throw error;
  }
}
