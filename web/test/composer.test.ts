import { randomBytes } from 'node:crypto';
import type { Page, Route } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, testBrowser } from '#test/support/chromium.ts';
import { testCloud } from '#test/support/cloud.ts';
import { apiOf, enter, violations } from './person.ts';

describe.skipIf(!hasChromium)('the composer', () => {
  const cloud = testCloud();
  const openWindow = testBrowser();
  let page: Page;
  let room: string;
  let bob: string;

  beforeAll(async () => {
    const alice = apiOf(cloud(), 'alice');
    ({ userId: bob } = await apiOf(cloud(), 'bob').me());
    const { userId: carol } = await apiOf(cloud(), 'Carol').me();
    ({ room } = await alice.createRoom({ name: 'launch' }));
    await alice.addMember(room, bob);
    await alice.addMember(room, carol);
    page = await enter(await openWindow(), cloud(), 'alice', room);
    await field().waitFor();
  });

  it('mentions somebody, by the keyboard alone', async () => {
    await field().focus();
    await page.keyboard.type('Ask @b');
    const list = page.getByRole('listbox', { name: 'People' });
    await list.getByRole('option', { name: 'bob', selected: true }).waitFor();
    expect(await field().getAttribute('aria-activedescendant')).toBe(
      await list.getByRole('option', { selected: true }).getAttribute('id'),
    );
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.keyboard.type('please');
    expect(await field().inputValue()).toBe('Ask @bob please');
    await page.keyboard.press('Enter');
    await sent((text) => text === `Ask <@${bob}> please`);
    expect(await field().inputValue()).toBe('');
  });

  it('leaves the text alone once the list is put away', async () => {
    await field().fill('');
    await page.keyboard.type('@');
    const list = page.getByRole('listbox');
    expect(await list.getByRole('option').count()).toBe(2);
    await page.keyboard.press('ArrowDown');
    await list.getByRole('option', { name: 'Carol', selected: true }).waitFor();
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'detached' });
    await page.keyboard.type('nobody');
    await page.keyboard.press('Enter');
    await sent((text) => text === '@nobody');
  });

  it('puts in emoji by name, and from the list of all', async () => {
    await field().focus();
    await page.keyboard.type(':rocke');
    await page.getByRole('listbox', { name: 'Emoji' }).getByRole('option', { name: ':rocket:' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await field().inputValue()).toBe('🚀 ');
    await page.getByRole('button', { name: 'Emoji' }).click();
    await page.getByRole('dialog', { name: 'Emoji' }).getByRole('combobox').fill('tada');
    await page.getByRole('option', { name: /^🎉/ }).click();
    await expect.poll(() => field().inputValue()).toBe('🚀 🎉');
    await page.keyboard.press('Enter');
    await sent((text) => text === '🚀 🎉');
  });

  it('makes a line with Shift+Enter, and undoes what it put in', async () => {
    await field().focus();
    await page.keyboard.type('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('@car');
    await page.getByRole('option', { name: 'Carol' }).click();
    expect(await field().inputValue()).toBe('one\n@Carol ');
    await page.keyboard.press('Control+z');
    expect(await field().inputValue()).toBe('one\n@car');
    await field().fill('');
  });

  it('keeps what is not sent: for each room, and over a reload', async () => {
    await field().fill('Half a thought');
    await page.evaluate("location.hash = '#/rooms/general'");
    await page.getByLabel('Message to general').waitFor();
    expect(await page.getByLabel('Message to general').inputValue()).toBe('');
    await page.evaluate(`location.hash = '#/rooms/${room}'`);
    await expect.poll(() => field().inputValue()).toBe('Half a thought');
    await page.reload();
    await expect.poll(() => field().inputValue()).toBe('Half a thought');
    await field().fill('');
  });

  it('counts down to the longest message, by what is sent', async () => {
    await field().fill('x'.repeat(3_990));
    await page.getByText('10 characters left').waitFor();
    await field().fill('x'.repeat(4_001));
    await page.getByText('1 character too many').waitFor();
    expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    await field().fill('');
  });

  it('attaches files that are chosen, pasted and dropped, and sends them once they are there', async () => {
    await page.getByLabel('Files to attach').setInputFiles([
      { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Remember the milk') },
      { name: 'run.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ') },
    ]);
    const files = page.getByRole('list', { name: 'Files of this message' });
    const refused = files.getByRole('listitem').filter({ hasText: 'run.exe' });
    await refused.getByText('This kind of file cannot be sent').waitFor();
    expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    expect(await violations(page)).toEqual([]);
    await refused.getByRole('button', { name: 'Remove run.exe' }).click();

    await give('paste', '.mention-field textarea');
    await files.getByText('Pasted image').waitFor();
    await give('drop', 'main');
    await files.getByText('dropped.png').waitFor();
    await field().fill('Three files');
    await expect.poll(() => page.getByRole('button', { name: 'Send' }).isEnabled()).toBe(true);
    await page.keyboard.press('Enter');

    const message = await sent((text) => text === 'Three files');
    expect(message.attachments?.map(({ name, type, width, height }) => [name, type, width, height])).toEqual([
      ['notes.txt', 'text/plain', undefined, undefined],
      [expect.stringMatching(/^Pasted image .*\.png$/), 'image/png', 3, 2],
      ['dropped.png', 'image/png', 3, 2],
    ]);
    expect(await files.count()).toBe(0);
  });

  it('shows how far an upload is, and ends it or tries it again', async () => {
    const attempts: Route[] = [];
    const files = page.getByRole('list', { name: 'Files of this message' });
    const elsewhere = (url: URL) => url.origin !== cloud().url;
    // The file store does not answer.
    await page.route(elsewhere, (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      attempts.push(route);
    });
    await page
      .getByLabel('Files to attach')
      .setInputFiles({ name: 'large.zip', mimeType: 'application/zip', buffer: randomBytes(1_000_000) });
    await files.getByRole('progressbar', { name: 'Upload of large.zip' }).waitFor();
    await page.getByText('A file is on its way').waitFor();
    await expect.poll(() => attempts.length).toBe(1);
    await attempts[0]?.abort();
    await files.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor();
    await page.unroute(elsewhere);
    await files.getByRole('button', { name: 'Try large.zip again' }).click();
    await expect.poll(() => page.getByRole('button', { name: 'Send' }).isEnabled()).toBe(true);
    await files.getByRole('button', { name: 'Remove large.zip' }).click();
    await files.waitFor({ state: 'detached' });
  });

  it('says why one may not write, until one may', async () => {
    const alice = apiOf(cloud(), 'alice');
    const window = await enter(await openWindow(), cloud(), 'bob', room);
    await window.getByLabel('Message to launch').waitFor();
    await alice.changeMember(room, bob, { mutedUntil: Date.now() + 60_000 });
    await window.getByText('A moderator muted you here until').waitFor();
    await alice.changeMember(room, bob, { mutedUntil: Date.now() + 1_500 });
    await window.getByLabel('Message to launch').waitFor();
    await alice.changeRoom(room, { archived: true });
    await window.getByText('This room is archived.').waitFor();
    await alice.changeRoom(room, { archived: false });
    await window.getByLabel('Message to launch').waitFor();
  });

  function field() {
    return page.getByLabel('Message to launch');
  }

  /** The message that the room has, once it has it. */
  async function sent(matches: (text: string) => boolean) {
    const api = apiOf(cloud(), 'alice');
    let found: Awaited<ReturnType<typeof api.history>>['messages'][number] | undefined;
    await expect
      .poll(async () => {
        found = (await api.history(room)).messages.findLast(({ text }) => matches(text));
        return found !== undefined;
      })
      .toBe(true);
    if (!found) throw new Error('No such message');
    return found;
  }

  /** Pastes or drops an image of three by two pixels, as the browser tells of it. */
  async function give(how: 'paste' | 'drop', where: string): Promise<void> {
    await page.evaluate(
      `(async () => {
        const canvas = new OffscreenCanvas(3, 2);
        canvas.getContext('2d').fillRect(0, 0, 3, 2);
        const blob = await canvas.convertToBlob({ type: 'image/png' });
        const data = new DataTransfer();
        const name = ${JSON.stringify(how === 'paste' ? 'image.png' : 'dropped.png')};
        data.items.add(new File([blob], name, { type: 'image/png' }));
        const target = document.querySelector(${JSON.stringify(where)});
        const options = { bubbles: true, cancelable: true };
        if (${JSON.stringify(how)} === 'paste') {
          target.dispatchEvent(new ClipboardEvent('paste', { ...options, clipboardData: data }));
        } else {
          target.dispatchEvent(new DragEvent('dragenter', { ...options, dataTransfer: data }));
          target.dispatchEvent(new DragEvent('drop', { ...options, dataTransfer: data }));
        }
      })()`,
    );
  }
});
