import { createHash } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { accounts } from './users.ts';

/** The sign-in page. It posts `username` to its own address, and needs no script. */
export function signInPage(shown: { error?: string; typed?: string } = {}): string {
  const { error, typed = '' } = shown;
  return page(
    'Sign in to Fanfare (local)',
    `<h1>Sign in to Fanfare <small>(local)</small></h1>
    ${error === undefined ? '' : `<p class="error" role="alert" id="error">${escapeHtml(error)}</p>`}
    <form method="post" class="accounts" aria-label="Accounts">
      ${accounts.map((name) => accountButton(name)).join('\n      ')}
    </form>
    <form method="post">
      <label for="username">Or any other name</label>
      <div class="row">
        <input id="username" name="username" value="${escapeHtml(typed)}" maxlength="40" required autofocus
          autocomplete="username" autocapitalize="none" spellcheck="false"
          ${error === undefined ? '' : 'aria-invalid="true" aria-describedby="error"'}>
        <button type="submit">Sign in</button>
      </div>
    </form>
    <p class="note">This page stands in for Cognito’s managed login while Fanfare runs on your machine.
    There are no passwords: a new name makes a new user.</p>`,
  );
}

/** A page that says why signing in cannot go on. */
export function errorPage(message: string): string {
  return page(
    'Fanfare (local): sign-in',
    `<h1>This sign-in cannot go on</h1>
    <p class="error" role="alert">${escapeHtml(message)}</p>
    <p class="note">Go back to the application and sign in again. This page stands in for Cognito’s managed login.</p>`,
  );
}

/**
 * Headers of the pages: nothing is loaded or run, nobody may frame them. `formTargets` are the origins that a form's
 * answer may redirect to: browsers hold redirects against `form-action` too.
 */
export function pageHeaders(formTargets: string[] = []): OutgoingHttpHeaders & Record<string, string> {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
  <main>
    ${body}
  </main>
</body>
</html>
`;
}

function accountButton(name: string): string {
  const initial = name.slice(0, 1).toUpperCase();
  return `<button name="username" value="${name}"><span aria-hidden="true">${initial}</span>${name}</button>`;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1c1e26, #eceef4); --soft: light-dark(#5b6070, #a3a9ba);
  --card: light-dark(#fff, #1d2029); --page: light-dark(#eef0f6, #12141a); --line: light-dark(#878da0, #6d7488);
  --accent: light-dark(#4338ca, #a5b4fc); --on-accent: light-dark(#fff, #14152b); --bad: light-dark(#b42318, #fda29b); }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; grid-template-columns: minmax(0, 1fr); padding: 1rem; background: var(--page);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 25rem; padding: 2rem; background: var(--card); border-radius: 1rem;
  box-shadow: 0 1px 2px #0003, 0 12px 40px #0002; }
h1 { margin: 0 0 1.25rem; font-size: 1.375rem; line-height: 1.25; }
small { color: var(--soft); font-size: 1rem; font-weight: 400; }
.accounts { display: grid; gap: .5rem; margin-bottom: 1.5rem; }
button, input { font: inherit; min-height: 2.75rem; border-radius: .625rem; }
button { cursor: pointer; border: 0; padding: 0 1rem; background: var(--accent); color: var(--on-accent); font-weight: 600; }
.accounts button { display: flex; align-items: center; gap: .75rem; padding: .375rem .5rem; text-align: left;
  border: 1px solid var(--line); background: none; color: inherit; font-weight: 500; }
.accounts span { display: grid; place-items: center; width: 2rem; height: 2rem; border-radius: 50%;
  background: var(--accent); color: var(--on-accent); font-weight: 600; }
button:hover { filter: brightness(1.1); }
.accounts button:hover { border-color: var(--accent); }
label { display: block; margin-bottom: .375rem; font-weight: 500; }
.row { display: flex; gap: .5rem; }
input { flex: 1; min-width: 0; padding: 0 .75rem; border: 1px solid var(--line); background: transparent; color: inherit; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.error { margin: 0 0 1rem; padding-left: .75rem; border-left: 3px solid var(--bad); color: var(--bad);
  overflow-wrap: anywhere; }
.note { margin: 1.5rem 0 0; color: var(--soft); font-size: .875rem; }
@media (max-width: 26rem) { main { padding: 1.25rem; } }
`;

const styleHash = createHash('sha256').update(style).digest('base64');
