import { createHash, randomBytes } from 'node:crypto';

/** As much of a browser as signing in needs: cookies by path, and redirects one at a time. */
export class Browser {
  readonly #cookies = new Map<string, { value: string; path: string }>();

  /** Follows an authorization request to the sign-in page. */
  async authorize(
    cloud: { issuer: string; clientId: string },
    request: { redirectUri: string; scope: string; nonce?: string | null },
  ): Promise<Response & { verifier: string }> {
    const { verifier, challenge } = pkce();
    const query = new URLSearchParams({
      client_id: cloud.clientId,
      response_type: 'code',
      scope: request.scope,
      redirect_uri: request.redirectUri,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      state: 'the-state',
      ...(request.nonce === null ? {} : { nonce: 'the-nonce' }),
    });
    const answer = await this.#fetch(`${cloud.issuer}/oauth2/authorize?${query}`);
    const page = new URL(answer.headers.get('location') ?? '', answer.url);
    return Object.assign(await this.#fetch(page.href), { verifier });
  }

  /** Sends a form; the answer's redirect is not followed. */
  post(url: string, fields: Record<string, string>): Promise<Response> {
    return this.#fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
  }

  /** Fills in the sign-in page and follows redirects until one leads to the application: that one's query. */
  async finish(page: string, username: string, redirectUri: string): Promise<URLSearchParams> {
    let answer = await this.post(page, { username });
    for (let hops = 0; hops < 5; hops += 1) {
      const location = answer.headers.get('location');
      if (!location) throw new Error(`no redirect, but ${answer.status}: ${await answer.text()}`);
      const next = new URL(location, answer.url);
      if (next.href.startsWith(redirectUri)) return next.searchParams;
      answer = await this.#fetch(next.href);
    }
    throw new Error('too many redirects');
  }

  async #fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const { pathname } = new URL(url);
    const cookie = [...this.#cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name.slice(0, name.indexOf(' '))}=${value}`)
      .join('; ');
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { cookie, accept: 'text/html' },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /; ?path=([^;]+)/i.exec(line)?.[1] ?? '/';
      if (value) this.#cookies.set(`${name} ${path}`, { value, path });
      else this.#cookies.delete(`${name} ${path}`);
    }
    return response;
  }
}

/** Signs `name` in through the page, as far as the code. */
export async function startCode(
  browser: Browser,
  cloud: { issuer: string; clientId: string },
  request: { name: string; redirectUri: string; scope: string; nonce?: string | null },
): Promise<{ code: string; verifier: string; state: string | null }> {
  const page = await browser.authorize(cloud, request);
  const answer = await browser.finish(page.url, request.name, request.redirectUri);
  return { code: answer.get('code') ?? '', verifier: page.verifier, state: answer.get('state') };
}

export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}
