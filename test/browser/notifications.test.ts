import type { CDPSession, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { PushedMessage } from '#shared/contract/push.ts';
import { hasChromium, testBrowser } from '#test/support/chromium.ts';
import { testCloud } from '#test/support/cloud.ts';

describe.skipIf(!hasChromium)('the service worker', () => {
  const cloud = testCloud();
  const openWindow = testBrowser();

  const message: PushedMessage = { room: 'r 1', roomName: 'Tea', seq: 7, from: 'Alice', text: '<b>come</b>' };

  it('shows what is pushed, one notification a room, and leads to the message', async () => {
    const page = await openWindow();
    const push = await workerOf(page, cloud().url);

    await push(message);
    await expect
      .poll(() => shownOn(page))
      .toEqual([{ title: 'Alice · Tea', body: '<b>come</b>', tag: 'r 1', data: { room: 'r 1', seq: 7 } }]);
    // Another room's; a newer one of the first; an older one, which came late; and what is no message.
    await push({ room: 'd-1', seq: 1, from: 'Bob', text: 'hi' });
    await push({ ...message, seq: 9, text: 'later' });
    await push({ ...message, seq: 8, text: 'earlier' });
    await push('what?');
    await expect
      .poll(async () => (await shownOn(page)).map(({ title, body }) => `${title}: ${body}`))
      .toEqual(['Alice · Tea: later', 'Bob: hi', 'New messages: ']);

    await clickOn(page, 'r 1');
    await expect.poll(() => page.url()).toBe(`${cloud().url}/#/rooms/r%201/9`);
    expect(await shownOn(page)).toHaveLength(2);
  });
});

/** Registers the worker as the page does, and gives what lets the browser's push service hand it something. */
async function workerOf(page: Page, url: string): Promise<(pushed: PushedMessage | string) => Promise<void>> {
  await page.context().grantPermissions(['notifications'], { origin: url });
  await page.goto(url);
  const browser = await page.context().newCDPSession(page);
  const registered = registrationId(browser);
  await browser.send('ServiceWorker.enable');
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/sw.js');
    await navigator.serviceWorker.ready;
  });
  const id = await registered;
  return async (pushed) => {
    const data = typeof pushed === 'string' ? pushed : JSON.stringify(pushed);
    await browser.send('ServiceWorker.deliverPushMessage', { origin: url, registrationId: id, data });
  };
}

/** As the browser does: nobody but a person can click on a notification itself. */
async function clickOn(page: Page, tag: string): Promise<void> {
  const [worker] = page.context().serviceWorkers();
  await worker?.evaluate(`(async () => {
    const [notification] = await self.registration.getNotifications({ tag: ${JSON.stringify(tag)} });
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
  })()`);
}

function registrationId(browser: CDPSession): Promise<string> {
  return new Promise((resolve) => {
    browser.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [first] = registrations;
      if (first) resolve(first.registrationId);
    });
  });
}

async function shownOn(page: Page) {
  const shown = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const all = await registration.getNotifications();
    return all.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
  });
  return shown.toSorted((a, b) => (a.title < b.title ? -1 : 1));
}
