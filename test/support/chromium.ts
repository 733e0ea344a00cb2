import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';

const executablePath = '/usr/bin/chromium';

/** Debian's package; Playwright's own download is not to be had everywhere. */
export const hasChromium = existsSync(executablePath);

if (!hasChromium) {
  const line = 'Browser tests are skipped: no Chromium at /usr/bin/chromium (sudo apt-get install chromium).';
  if (process.env.CI) throw new Error(line.replace('are skipped', 'cannot run'));
  console.warn(line);
}

export const launchOptions = {
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    // Chromium would look up its maker's hosts at every start.
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

/** A browser of the test file's own. Each call of the function that it returns opens a window of another person's. */
export function testBrowser(): () => Promise<Page> {
  let browser: Browser | undefined;
  const contexts: BrowserContext[] = [];
  beforeAll(async () => {
    browser = await chromium.launch(launchOptions);
  });
  afterAll(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await browser?.close();
  });
  return async () => {
    if (!browser) throw new Error('The browser has not started yet');
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    return page;
  };
}
