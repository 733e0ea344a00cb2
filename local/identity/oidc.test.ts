import { expect, it, vi } from 'vitest';
import { TestCloud } from './test-cloud.ts';

// Alone in its file: oidc-provider warns of a thing once a process.
it('runs with no warning of oidc-provider', async () => {
  const printed = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'info'), vi.spyOn(console, 'error')];
  const cloud = await TestCloud.start();
  const { tokens } = await cloud.signInByPage('alice');
  await cloud.exchange({ grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token });
  await fetch(`${cloud.issuer}/oauth2/authorize?client_id=nobody`, { headers: { accept: 'text/html' } });
  const token = tokens.body.refresh_token;
  await fetch(`${cloud.issuer}/oauth2/revoke`, {
    method: 'POST',
    headers: { origin: 'http://localhost:4000' },
    body: new URLSearchParams({ client_id: cloud.clientId, token }),
  });
  await cloud.stop();
  await cloud.removeData();
  for (const spy of printed) expect(spy).not.toHaveBeenCalled();
});
