import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, testBrowser } from '#test/support/chromium.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { apiOf, enter, violations } from './person.ts';

describe.skipIf(!hasChromium)('the page of two people', () => {
  const cloud = testCloud();
  const openWindow = testBrowser();
  let alice: Page;
  let bob: Page;
  let tea: string;

  beforeAll(async () => {
    [alice, bob] = await Promise.all([
      enter(await stillWindow(), cloud(), 'alice', 'general'),
      enter(await stillWindow(), cloud(), 'bob', 'general'),
    ]);
    await Promise.all([alice, bob].map((page) => link(page, 'General').waitFor()));
  });

  it('one makes a room, and is in it', async () => {
    await chooseAdd(alice, 'Create a room');
    const dialog = alice.getByRole('dialog', { name: 'Create a room' });
    await dialog.getByRole('button', { name: 'Create room' }).click();
    await dialog.getByText('A room needs a name.').waitFor();
    await dialog.getByLabel('Description').fill('What is in the kitchen');
    await dialog.getByLabel('Name').fill('Tea and cake');
    expect(await violations(alice)).toEqual([]);
    await alice.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });

    await expect.poll(() => link(alice, 'Tea and cake').getAttribute('aria-current')).toBe('page');
    await expect.poll(() => alice.title()).toBe('Tea and cake – Fanfare');
    tea = await roomOf(alice);
  });

  it('the other finds and joins it', async () => {
    await chooseAdd(bob, 'Browse rooms');
    const dialog = bob.getByRole('dialog', { name: 'Browse rooms' });
    await dialog.getByRole('button', { name: 'Open General' }).waitFor();
    await bob.keyboard.type('nothing of the kind');
    await dialog.getByText('No room begins with that').waitFor();
    await dialog.getByLabel('Find rooms by name').fill('tea');
    await dialog.getByText('What is in the kitchen').waitFor();
    expect(await violations(bob)).toEqual([]);
    await dialog.getByRole('button', { name: 'Join Tea and cake' }).click();
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => roomOf(bob)).toBe(tea);
    await bob.getByRole('textbox', { name: /^Message/ }).waitFor();
  });

  it('what is unread shows in the list and in the title, and is read by looking at it', async () => {
    await link(alice, 'General').click();
    await expect.poll(() => alice.title()).toBe('General – Fanfare');
    await say(bob, 'There is cake');
    const unread = link(alice, 'Tea and cake').getByText('1 unread message', { exact: true });
    await unread.waitFor({ state: 'attached' });
    await link(alice, 'Tea and cake').getByText('bob: There is cake').waitFor();
    await expect.poll(() => alice.title()).toBe('(1) General – Fanfare');

    await alice.keyboard.press('Control+k');
    const switcher = alice.getByRole('dialog', { name: 'Go to' });
    await switcher.getByRole('option', { name: /Tea and cake/, selected: true }).waitFor();
    expect(await violations(alice)).toEqual([]);
    await alice.keyboard.press('Enter');
    await expect.poll(() => roomOf(alice)).toBe(tea);
    await unread.waitFor({ state: 'detached' });
    await expect.poll(() => alice.title()).toBe('Tea and cake – Fanfare');
  });

  it('a mention stands out', async () => {
    const { userId } = await apiOf(cloud(), 'bob').me();
    await link(bob, 'General').click();
    const raw = await RawClient.signIn(cloud(), 'alice');
    await raw.send(tea, `<@${userId}> bring forks`);
    raw.close();
    await link(bob, 'Tea and cake').getByText('you are mentioned').waitFor({ state: 'attached' });
    await link(bob, 'Tea and cake').getByText('@bob bring forks').waitFor();
  });

  it('one writes to the other in person, who hears of it and sees who is there', async () => {
    await alice.getByRole('button', { name: 'New direct message' }).click();
    const dialog = alice.getByRole('dialog', { name: 'New direct message' });
    await dialog.getByLabel('Find people by name').fill('bo');
    await dialog.getByRole('option', { name: 'bob' }).waitFor();
    expect(await violations(alice)).toEqual([]);
    await alice.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Without bob' }).waitFor();
    await alice.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await alice.getByRole('textbox', { name: /^Message/ }).waitFor();
    await say(alice, 'Psst');
    const direct = bob.getByRole('region', { name: 'Direct messages' }).getByRole('link', { name: /alice/ });
    await direct.getByText('Psst').waitFor();
    await direct.getByText('online', { exact: true }).waitFor({ state: 'attached' });
  });

  it('the keys lead from room to room, and tell what they do', async () => {
    await link(alice, 'General').click();
    await expect.poll(() => roomOf(alice)).toBe('general');
    await alice.keyboard.press('Alt+ArrowDown');
    await expect.poll(() => roomOf(alice)).toBe(tea);
    await alice.keyboard.press('Alt+ArrowUp');
    await expect.poll(() => roomOf(alice)).toBe('general');

    await link(alice, 'General').focus();
    await alice.keyboard.press('ArrowDown');
    await alice.keyboard.press('Enter');
    await expect.poll(() => roomOf(alice)).toBe(tea);

    await link(alice, 'General').focus();
    await alice.keyboard.press('?');
    const help = alice.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await help.getByText('Next unread room').waitFor();
    expect(await violations(alice)).toEqual([]);
    await alice.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
  });

  it('a name and a theme are kept', async () => {
    await alice.keyboard.press('Control+,');
    const dialog = alice.getByRole('dialog', { name: 'Settings' });
    await dialog.getByLabel('Display name').fill('Alice A.');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await alice.getByText('Your name is saved.').first().waitFor();
    await dialog.getByText('Dark').click();
    expect(await alice.evaluate(`getComputedStyle(document.body).colorScheme`)).toBe('dark');
    expect(await violations(alice)).toEqual([]);
    await alice.keyboard.press('Escape');
    await alice.reload();
    await alice.getByRole('button', { name: /Alice A\./ }).waitFor();
    expect(await alice.evaluate(`getComputedStyle(document.body).colorScheme`)).toBe('dark');
    await alice.getByRole('textbox', { name: /^Message/ }).waitFor();
    expect(await violations(alice)).toEqual([]);
  });

  it('every dialog opens and closes by the keyboard, and is as readable in the dark', async () => {
    const add = alice.getByRole('button', { name: 'Add rooms' });
    const dialogs = [
      { open: [add, 'Enter', 'Enter'], name: 'Browse rooms', ready: 'Open General' },
      {
        open: [alice.getByRole('button', { name: 'New direct message' }), 'Enter'],
        name: 'New direct message',
      },
      { open: [add, '?'], name: 'Keyboard shortcuts', ready: 'Close' },
      { open: [add, 'Control+k'], name: 'Go to' },
    ] as const;
    for (const { open, name, ...rest } of dialogs) {
      const [from, ...keys] = open;
      await from.focus();
      for (const key of keys) {
        await alice.keyboard.press(key);
        if (key === 'Enter' && key !== keys.at(-1)) await alice.locator('[role=menuitem]:focus').waitFor();
      }
      const dialog = alice.getByRole('dialog', { name });
      if ('ready' in rest) await dialog.getByRole('button', { name: rest.ready }).waitFor();
      else await dialog.getByRole('combobox').waitFor();
      expect(await violations(alice)).toEqual([]);
      await alice.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      // Where one was, one is again.
      await expect
        .poll(() => from.evaluate((button) => button === button.ownerDocument.activeElement))
        .toBe(true);
    }
  });

  it('who is removed is told so, and shown another room', async () => {
    await link(bob, 'Tea and cake').click();
    await bob.getByRole('textbox', { name: /^Message/ }).waitFor();
    const { userId } = await apiOf(cloud(), 'bob').me();
    await apiOf(cloud(), 'alice').removeMember(tea, userId);
    await bob.getByText('You are no longer in Tea and cake.').first().waitFor();
    await expect.poll(() => roomOf(bob)).not.toBe(tea);
    expect(await link(bob, 'Tea and cake').count()).toBe(0);
  });

  it('an address leads to a public room’s door, and of a private room tells nothing', async () => {
    const { room: secret } = await apiOf(cloud(), 'alice').createRoom({ name: 'Secret' });
    await bob.evaluate(`location.hash = '#/rooms/${secret}'`);
    await bob.getByRole('heading', { name: 'You cannot see this room' }).waitFor();
    expect(await violations(bob)).toEqual([]);
    await bob.evaluate(`location.hash = '#/rooms/${tea}'`);
    await bob.getByRole('heading', { name: 'Tea and cake' }).waitFor();
    expect(await violations(bob)).toEqual([]);
    await bob.getByRole('button', { name: 'Join the room' }).click();
    await bob.getByRole('textbox', { name: /^Message/ }).waitFor();
    await link(bob, 'Tea and cake').waitFor();
  });

  it('who was away finds the rooms that came and went meanwhile', async () => {
    const { userId } = await apiOf(cloud(), 'alice').me();
    await alice.context().setOffline(true);
    await alice.getByRole('status').filter({ hasText: 'You are offline' }).waitFor();
    expect(await violations(alice)).toEqual([]);
    const { room } = await apiOf(cloud(), 'bob').createRoom({ name: 'Harbour' });
    await apiOf(cloud(), 'bob').addMember(room, userId);
    await alice.context().setOffline(false);
    await link(alice, 'Harbour').waitFor();
    await apiOf(cloud(), 'bob').changeRoom(room, { name: 'Lighthouse', archived: true });
    await alice.getByText('Archived (1)').click();
    await link(alice, 'Lighthouse').waitFor();
  });

  it('a list that cannot be read says so, and is read again', async () => {
    await bob.route('**/api/rooms?*', (route) =>
      route.fulfill({ status: 503, json: { title: 'Unavailable', detail: 'too much to do' } }),
    );
    await bob.reload();
    const failure = bob.getByRole('navigation').getByRole('alert');
    await failure.getByText('Too much to do.').waitFor();
    expect(await violations(bob)).toEqual([]);
    await bob.unroute('**/api/rooms?*');
    await failure.getByRole('button', { name: 'Try again' }).click();
    await link(bob, 'General').waitFor();
  });

  it('a phone shows the list or the room; who is in no room is shown the ways to some', async () => {
    const carol = await stillWindow();
    await enter(carol, cloud(), 'carol', 'general');
    await carol.getByRole('textbox', { name: /^Message/ }).waitFor();
    await carol.setViewportSize({ width: 390, height: 800 });
    await carol.getByRole('button', { name: 'Back to rooms' }).click();
    await link(carol, 'General').waitFor();
    expect(await carol.getByRole('textbox', { name: /^Message/ }).isVisible()).toBe(false);
    expect(await violations(carol)).toEqual([]);
    await link(carol, 'General').click();
    await carol.getByRole('textbox', { name: /^Message/ }).waitFor();
    expect(await link(carol, 'General').isVisible()).toBe(false);

    await carol.setViewportSize({ width: 1000, height: 700 });
    await apiOf(cloud(), 'carol').removeMember('general', 'me');
    await carol.getByRole('heading', { name: 'You are in no room yet' }).waitFor();
    expect(await violations(carol)).toEqual([]);
    await carol.getByRole('main').getByRole('button', { name: 'Browse rooms' }).click();
    await carol.getByRole('dialog', { name: 'Browse rooms' }).waitFor();
  });

  it('who comes by an address signs in and is there, having loaded no more than 200 KB of script', async () => {
    const dave = await stillWindow('dark');
    const scripts = new Map<string, Promise<number>>();
    dave.on('response', (response) => {
      // A script that is preloaded and then run is told of twice.
      if (!response.url().endsWith('.js') || scripts.has(response.url())) return;
      scripts.set(
        response.url(),
        response.body().then((body) => gzipSync(body).length),
      );
    });
    await dave.goto(`${cloud().url}/#/rooms/${tea}`);
    await dave.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await violations(dave)).toEqual([]);
    const sizes = await Promise.all(scripts.values());
    await dave.getByRole('button', { name: 'Sign in' }).click();
    await dave.getByLabel('Or any other name').fill('dave');
    await dave.getByRole('button', { name: 'Sign in' }).click();
    await dave.getByRole('heading', { name: 'Tea and cake' }).waitFor();
    expect(await violations(dave)).toEqual([]);

    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(100 * 1024);
    expect(bytes).toBeLessThan(200 * 1024);
  });

  it('who cannot renew a session is asked to sign in again', async () => {
    await bob.evaluate(`for (const key of Object.keys(sessionStorage)) {
      if (!key.startsWith('oidc.user')) continue;
      const user = JSON.parse(sessionStorage[key]);
      delete user.refresh_token;
      user.expires_at = 1;
      sessionStorage[key] = JSON.stringify(user);
    }`);
    await bob.reload();
    await bob.getByRole('heading', { name: 'Your session has ended' }).waitFor();
    expect(await violations(bob)).toEqual([]);
  });

  /** Nothing fades in: axe would measure the contrast of what is half there. */
  async function stillWindow(colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await openWindow();
    await page.emulateMedia({ reducedMotion: 'reduce', colorScheme });
    return page;
  }
});

function link(page: Page, room: string) {
  return page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: new RegExp(room) });
}

async function chooseAdd(page: Page, item: string): Promise<void> {
  await page.getByRole('button', { name: 'Add rooms' }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: /^Message/ }).fill(text);
  await page.keyboard.press('Enter');
}

/** The room that the address names. */
async function roomOf(page: Page): Promise<string> {
  return new URL(page.url()).hash.split('/')[2] ?? '';
}
