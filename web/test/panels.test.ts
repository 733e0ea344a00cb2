import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FanfareApi } from '#client';
import { hasChromium, testBrowser } from '#test/support/chromium.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { apiOf, enter, violations } from './person.ts';

describe.skipIf(!hasChromium)("a room's panels", () => {
  const cloud = testCloud();
  const openWindow = testBrowser();
  let api: FanfareApi;
  /** The owner's window, and that of somebody who is a member at first. */
  let alice: Page;
  let bob: Page;
  let room: string;
  let bobId: string;

  beforeAll(async () => {
    api = apiOf(cloud(), 'alice');
    ({ userId: bobId } = await apiOf(cloud(), 'bob').me());
    await apiOf(cloud(), 'mallory').me();
    ({ room } = await api.createRoom({ name: 'launch', mode: 'restricted' }));
    await api.addMember(room, bobId);
    const socket = await RawClient.signIn(cloud(), 'alice');
    await socket.send(room, 'The <b>Launch</b> is on Thursday');
    for (let n = 0; n < 18; n++) await socket.send(room, `Filler ${n}`);
    socket.close();
    [alice, bob] = await Promise.all([beside('alice'), beside('bob')]);
    await alice.getByRole('button', { name: /^Members/ }).click();
    await bob.getByRole('button', { name: /^Members/ }).click();
  });

  it('show who is there, and offer what one may do', async () => {
    const online = members(alice).getByRole('listitem').filter({ hasText: 'online' });
    await online.filter({ hasText: 'bob' }).waitFor();
    await online.filter({ hasText: 'alice' }).getByText('owner').waitFor();
    expect(await violations(alice)).toEqual([]);
    // In a restricted room a member adds nobody, and about an owner one can only write to them.
    expect(await bob.getByRole('button', { name: 'Add people' }).count()).toBe(0);
    expect(await menuOf(bob, 'alice')).toEqual(['Message directly']);
    expect(await members(bob).getByRole('button', { name: 'Actions for bob' }).count()).toBe(0);
  });

  it('give a role, which the other person sees at once', async () => {
    await choose('bob', 'Make moderator');
    await bob.getByRole('button', { name: 'Add people' }).waitFor();
    await members(bob).getByText('moderator').waitFor();
    await choose('bob', 'Make member');
    await bob.getByRole('button', { name: 'Add people' }).waitFor({ state: 'detached' });
  });

  it('add somebody who is found by name, and filter', async () => {
    await alice.getByRole('button', { name: 'Add people' }).click();
    const dialog = alice.getByRole('dialog', { name: 'Add people' });
    await dialog.getByLabel('Name').fill('mal');
    await dialog.getByRole('button', { name: 'Add mallory' }).click();
    await dialog.getByText('Member', { exact: true }).waitFor();
    await alice.keyboard.press('Escape');
    await members(bob).getByRole('listitem').filter({ hasText: 'mallory' }).waitFor();
    await members(alice).getByLabel('Filter members').fill('MÁL');
    await expect.poll(() => members(alice).getByRole('listitem').count()).toBe(1);
    await members(alice).getByLabel('Filter members').fill('');
  });

  it('mute, and end the mute', async () => {
    await choose('bob', 'Mute…');
    const dialog = alice.getByRole('dialog', { name: 'Mute bob' });
    await dialog.getByText('1 hour').click();
    await dialog.getByRole('button', { name: 'Mute' }).click();
    await bob.getByText('A moderator muted you here until').waitFor();
    await members(alice).getByText('muted until').waitFor();
    await choose('bob', 'End the mute');
    await bob.getByLabel('Message to launch').waitFor();
  });

  it('ban, and lift the ban in the settings', async () => {
    await choose('mallory', 'Ban…');
    const dialog = alice.getByRole('dialog', { name: 'Ban mallory' });
    await dialog.getByText('Until…').click();
    await dialog.getByLabel('Until', { exact: true }).fill('2001-01-01T00:00');
    await dialog.getByRole('button', { name: 'Ban' }).click();
    await dialog.getByRole('alert').getByText('still to come').waitFor();
    await dialog.getByText('For ever').click();
    expect(await violations(alice)).toEqual([]);
    await dialog.getByRole('button', { name: 'Ban' }).click();
    const gone = { state: 'detached' } as const;
    await members(bob).getByRole('listitem').filter({ hasText: 'mallory' }).waitFor(gone);

    const settings = await openSettings(alice);
    await settings.getByRole('tab', { name: 'Bans' }).click();
    await settings.getByRole('listitem').filter({ hasText: 'mallory' }).getByText('for ever').waitFor();
    await settings.getByRole('button', { name: 'Lift the ban of mallory' }).click();
    await settings.getByText('Nobody is banned').waitFor();
    expect((await api.bans(room)).bans).toEqual([]);
    await settings.getByRole('button', { name: 'Close' }).click();
  });

  it('change the room for everybody who sees it', async () => {
    const settings = await openSettings(alice);
    await settings.getByLabel('Name').fill('lift-off');
    await settings.getByText('Every member').click();
    await settings.getByRole('button', { name: 'Save changes' }).click();
    await bob.getByRole('heading', { name: 'lift-off' }).first().waitFor();
    await bob.getByRole('button', { name: 'Add people' }).waitFor();
    // The owner of others' room does not leave it.
    expect(await settings.getByRole('button', { name: 'Leave' }).isDisabled()).toBe(true);
    await settings.getByText('first hand it over').waitFor();
    expect(await violations(alice)).toEqual([]);
    await settings.getByRole('button', { name: 'Close' }).click();

    const read = await openSettings(bob);
    await read.getByText('Nobody sees the room but its members.').waitFor();
    expect(await read.getByRole('textbox').count()).toBe(0);
    await read.getByRole('button', { name: 'Close' }).click();
  });

  it('show the secret of a new webhook, once', async () => {
    const settings = await openSettings(alice);
    await settings.getByRole('tab', { name: 'Webhooks' }).click();
    await settings.getByLabel('New webhook').fill('http://example.com');
    await settings.getByRole('button', { name: 'Add' }).click();
    await settings.getByText('must begin with https://').waitFor();
    await settings.getByLabel('New webhook').fill('https://example.com/hook');
    await settings.getByRole('button', { name: 'Add' }).click();
    await settings.getByText('it is not shown again').waitFor();
    await settings.getByRole('button', { name: 'Remove https://example.com/hook' }).click();
    await alice.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
    await settings.getByText('No webhooks').waitFor();
    await settings.getByRole('button', { name: 'Close' }).click();
  });

  it('find what was said, and go there', async () => {
    await alice.keyboard.press('Control+f');
    const search = alice.getByRole('complementary', { name: 'Search' });
    await search.getByRole('searchbox').fill('launch</B>');
    const hit = search.getByRole('link');
    await hit.getByText('alice').waitFor();
    expect(await hit.locator('mark').allTextContents()).toEqual(['Launch</b>']);
    expect(await hit.locator('b').count()).toBe(0);
    await search.getByText('the whole room was looked through').waitFor();
    expect(await violations(alice)).toEqual([]);
    await search.getByRole('searchbox').press('ArrowDown');
    await alice.keyboard.press('Enter');
    await alice.getByRole('feed').getByText('The <b>Launch</b> is on Thursday').waitFor();
    expect(await alice.evaluate('location.hash')).toMatch(new RegExp(`${room}/\\d+$`));
    await search.getByRole('searchbox').fill('never said');
    await search.getByText('Nothing found').waitFor();
    await search.getByRole('button', { name: 'Close search' }).click();
  });

  it('hand the room over, and leave it', async () => {
    await alice.getByRole('button', { name: /^Members/ }).click();
    await choose('bob', 'Hand over the room…');
    await alice.getByRole('alertdialog').getByRole('button', { name: 'Hand over' }).click();
    await members(bob).getByRole('listitem').filter({ hasText: 'bob' }).getByText('owner').waitFor();
    expect(await menuOf(bob, 'alice')).toContain('Hand over the room…');
    const settings = await openSettings(alice);
    await settings.getByRole('button', { name: 'Leave' }).click();
    await alice.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click();
    const gone = { state: 'detached' } as const;
    await members(bob).getByRole('listitem').filter({ hasText: 'alice' }).waitFor(gone);
    expect((await api.rooms()).rooms.map((mine) => mine.room)).not.toContain(room);
  });

  /** A window that has place for a panel beside the messages. */
  async function beside(name: string): Promise<Page> {
    const page = await openWindow();
    await page.setViewportSize({ width: 1280, height: 800 });
    return await enter(page, cloud(), name, room);
  }

  function members(page: Page) {
    return page.getByRole('complementary', { name: 'Members' });
  }

  async function choose(name: string, item: string): Promise<void> {
    await members(alice)
      .getByRole('button', { name: `Actions for ${name}` })
      .click();
    await alice.getByRole('menuitem', { name: item }).click();
  }

  async function menuOf(page: Page, name: string): Promise<string[]> {
    await members(page)
      .getByRole('button', { name: `Actions for ${name}` })
      .click();
    const items = page.getByRole('menuitem');
    await items.first().waitFor();
    const texts = await items.allTextContents();
    await page.keyboard.press('Escape');
    return texts;
  }

  async function openSettings(page: Page) {
    await page.locator('.room-header').getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: /settings/i }).click();
    return page.getByRole('dialog').filter({ hasText: 'Settings of this room' });
  }
});
