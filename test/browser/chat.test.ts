import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasChromium, testBrowser } from '#test/support/chromium.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';

describe.skipIf(!hasChromium)('two people in two browsers', () => {
  const cloud = testCloud();
  const openWindow = testBrowser();

  it('sign in and chat', async () => {
    const alice = await signIn(await openWindow(), 'alice');
    const bob = await signIn(await openWindow(), 'bob');

    await say(alice, 'Hello Bob');
    await sees(bob, 'Hello Bob');
    await say(bob, 'Hello Alice <marquee>moving</marquee>');
    await sees(alice, 'Hello Alice <marquee>moving</marquee>');

    const feed = alice.getByRole('feed');
    expect(await feed.getByText('Hello Bob').count()).toBe(1);
    // What people write is text: it never becomes markup.
    expect(await feed.locator('marquee').count()).toBe(0);
  });

  it('find the history when they come back', async () => {
    const alice = await signIn(await openWindow(), 'alice');
    await say(alice, 'Written before');
    await sees(alice, 'Written before');

    const carol = await signIn(await openWindow(), 'carol');
    await sees(carol, 'Written before');
    await carol.reload();
    await sees(carol, 'Written before');
  });

  it('get what was said while their network was down, once, and send what they wrote meanwhile', async () => {
    const alice = await signIn(await openWindow(), 'alice');
    const dave = await signIn(await openWindow(), 'dave');
    await say(alice, 'Before the break');
    await sees(dave, 'Before the break');

    await dave.context().setOffline(true);
    await dave.getByRole('status').filter({ hasText: 'You are offline' }).waitFor();
    await say(alice, 'During the break');
    await say(dave, 'From the tunnel');
    await sees(alice, 'During the break');
    await dave.context().setOffline(false);

    await sees(dave, 'During the break');
    await sees(alice, 'From the tunnel');
    for (const page of [alice, dave]) {
      expect(await page.getByRole('feed').getByText('During the break').count()).toBe(1);
      expect(await page.getByRole('feed').getByText('From the tunnel').count()).toBe(1);
    }
  });

  it('see what becomes of a message: a reaction that one joins, another text, and that it was deleted', async () => {
    const alice = await signIn(await openWindow(), 'alice');
    const bob = await RawClient.signIn(cloud(), 'bob');
    const seq = await bob.send('general', 'Chnages');
    const gone = await bob.send('general', 'Never mind');
    const change = { room: 'general', seq };
    await bob.request({ action: 'editMessage', ...change, text: 'Changes' });
    await bob.request({ action: 'react', ...change, emoji: '🎉', on: true });
    await bob.request({ action: 'deleteMessage', room: 'general', seq: gone });

    await sees(alice, 'Changes');
    const feed = alice.getByRole('feed');
    await feed.getByText('This message was deleted.').waitFor();
    expect(await feed.getByText('Never mind').count()).toBe(0);
    await feed.getByRole('button', { name: '🎉 1' }).click();
    await feed.getByRole('button', { name: '🎉 2', pressed: true }).waitFor();
    bob.close();
  });

  async function signIn(page: Page, name: string): Promise<Page> {
    await page.goto(cloud().url);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Or any other name').fill(name);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('textbox', { name: /^Message/ }).waitFor();
    return page;
  }

  async function say(page: Page, text: string): Promise<void> {
    await page.getByRole('textbox', { name: /^Message/ }).fill(text);
    await page.keyboard.press('Enter');
  }

  async function sees(page: Page, text: string): Promise<void> {
    await page.getByRole('feed').getByText(text).waitFor();
  }
});
