import { ErrorResponse, type User, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import type { Config } from './config.ts';

/** The sign-in has ended and cannot be renewed: the person must sign in again. */
export class SessionEndedError extends Error {
  override readonly name = 'SessionEndedError';
}

/**
 * Signs in with code and PKCE. The session belongs to the tab, so that two windows of a browser may be two people, and
 * renews itself by its refresh token.
 */
export function userManager({ issuer, clientId }: Config): UserManager {
  return new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: pageUrl(),
    scope: 'openid email profile',
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: true,
  });
}

/** Where sign-in and sign-out come back to: the client's only callback URL. */
function pageUrl(): string {
  return `${location.origin}/`;
}

/** A token that lives for a while yet. Rejects with `SessionEndedError`, or with a passing failure's own error. */
export async function accessToken(manager: UserManager): Promise<string> {
  const user = await manager.getUser();
  if (user && (user.expires_in ?? 0) > 30) return user.access_token;
  if (!user?.refresh_token) throw new SessionEndedError('not signed in');
  const renewed = await renew(manager);
  return renewed.access_token;
}

async function renew(manager: UserManager): Promise<User> {
  try {
    const user = await manager.signinSilent();
    if (user) return user;
  } catch (error) {
    // An answer of the token endpoint, in contrast to a network that is down.
    if (!(error instanceof ErrorResponse)) throw error;
  }
  throw new SessionEndedError('the session could not be renewed');
}

/** Forgets this tab's tokens and ends the session at the managed login too. Leaves the page. */
export async function signOut(manager: UserManager, { clientId, signOutUrl }: Config): Promise<void> {
  await manager.removeUser();
  const query = new URLSearchParams({ client_id: clientId, logout_uri: pageUrl() });
  location.assign(`${signOutUrl}?${query}`);
}

/**
 * Takes the sign-in's answer out of the address, so that reloading does not use it a second time, and puts back what
 * was there before.
 */
export function cleanAddress(user: User | undefined): void {
  const hash = typeof user?.state === 'string' && user.state.startsWith('#/') ? user.state : '';
  history.replaceState(null, '', `${location.pathname}${hash}`);
}

/** The name to show for oneself. */
export function displayName({ profile }: User): string {
  const names = [profile.name, profile['cognito:username'], profile.email];
  return names.find((name): name is string => typeof name === 'string' && name !== '') ?? 'You';
}
