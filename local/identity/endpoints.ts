import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorPage, pageHeaders } from './page.ts';
import type { Pool } from './pool.ts';
import { profileClaims } from './tokens.ts';

/** `GET /oauth2/userInfo`: the person of an access token with the scope `openid`. */
export async function userInfo(
  pool: Pool,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A bearer token is the only credential here, so that any page may ask that has one.
  response.setHeader('access-control-allow-origin', '*');
  if (request.method === 'OPTIONS') {
    response.writeHead(204, {
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '3600',
    });
    response.end();
    return;
  }
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const verified = token && (await pool.signer.verifyAccessToken(token).catch(() => undefined));
  const user = verified ? pool.users.findBySub(verified.sub) : undefined;
  if (!verified || !user || !verified.scopes.includes('openid')) {
    const description = 'Access token is expired, disabled, or deleted, or lacks the scope openid.';
    response.setHeader(
      'www-authenticate',
      `Bearer error="invalid_token", error_description="${description}"`,
    );
    sendJson(response, 401, { error: 'invalid_token', error_description: description });
    return;
  }
  // Cognito's userInfo says booleans as strings, unlike its id token.
  const claims = Object.entries(profileClaims(user, verified.scopes)).map(([name, value]) => [
    name,
    `${value}`,
  ]);
  sendJson(response, 200, { sub: user.sub, ...Object.fromEntries(claims), username: user.username });
}

/** `GET /logout?client_id&logout_uri`: nothing to forget, as there is no session; goes back to the page. */
export function logout(pool: Pool, query: URLSearchParams, response: ServerResponse): void {
  const client = pool.clients.get(query.get('client_id') ?? '');
  const target = query.get('logout_uri') ?? '';
  if (!client?.logoutUrls.includes(target)) {
    response.writeHead(400, pageHeaders());
    response.end(
      errorPage('/logout needs a client_id, and a logout_uri that is one of the client’s LogoutURLs.'),
    );
    return;
  }
  response.writeHead(302, { location: target, 'cache-control': 'no-store' });
  response.end();
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
