import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, testBrowser } from '#test/support/chromium.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { Storage, userIdOf } from '#test/support/storage.ts';
import { apiOf, enter, violations } from './person.ts';

/** Enough for many pages; a window's worth is what the page may hold of it. */
const many = 450;

describe.skipIf(!hasChromium)('the messages of a room', () => {
  const cloud = testCloud();
  const openWindow = testBrowser();
  let alice: Page;

  beforeAll(async () => {
    const storage = new Storage(cloud());
    await storage.createRoom('long', ['alice', 'bob']);
    // Of different heights, so that what is not measured yet is not where it was guessed to be.
    await storage.writeHistory('long', many, (seq) => `No. ${seq}.${' And so on.'.repeat((seq * 7) % 40)}`);
    await storage.createRoom('pair', ['alice', 'bob']);
    alice = await enter(await openWindow(), cloud(), 'alice', 'long');
  }, 120_000);

  describe('of which there are many', () => {
    it('open at the newest, a screen of them in the page, and one is told how many are new', async () => {
      await message(alice, `No. ${many}.`).waitFor();
      expect(await isInView(message(alice, `No. ${many}.`))).toBe(true);
      expect(await alice.getByRole('article').count()).toBeLessThan(80);
      await alice.getByRole('button', { name: /450 new messages/ }).waitFor();
      expect(await violations(alice)).toEqual([]);
      // What is on the screen of somebody who looks at it is read.
      const api = apiOf(cloud(), 'alice');
      await expect.poll(() => api.room('long')).toMatchObject({ readSeq: many, unread: 0 });
    });

    it('lead to the first unread, which is marked', async () => {
      await alice.getByRole('button', { name: /450 new messages/ }).click();
      await message(alice, 'No. 1.').waitFor();
      await feed(alice).getByText('New messages').waitFor();
      await alice.getByText('This is where the room begins.').waitFor();
      expect(await feed(alice).getByText(`No. ${many}.`).count()).toBe(0);
    });

    it('are read on from there to the newest, without a jump', async () => {
      await scrollThrough(alice, 400, () => inView(alice, 'No. 100.'));
      await alice.getByRole('button', { name: 'Jump to present' }).click();
      await expect.poll(() => inView(alice, `No. ${many}.`)).toBe(true);
    });

    it('are scrolled through to the oldest: what is in sight stays while older ones come', async () => {
      const jumps = await scrollThrough(alice, -700, () => inView(alice, 'No. 1.'));
      expect(jumps).toEqual([]);
      expect(await alice.getByRole('article').count()).toBeLessThan(80);
      await alice.getByRole('button', { name: 'Jump to present' }).click();
      await expect.poll(() => inView(alice, `No. ${many}.`)).toBe(true);
    }, 120_000);

    it('are gone to by their address, stand out, and let one back', async () => {
      await alice.reload();
      await message(alice, `No. ${many}.`).waitFor();
      await alice.evaluate("location.hash = '#/rooms/long/150'");
      await alice.locator('[data-seq="150"][data-marked]').waitFor();
      expect(await inView(alice, 'No. 150.')).toBe(true);
      await alice.getByRole('button', { name: 'Jump to present' }).click();
      await expect.poll(() => inView(alice, `No. ${many}.`)).toBe(true);
      expect(await alice.evaluate('location.hash')).toBe('#/rooms/long');
    });

    it('show in an older part what becomes of it, and follow nothing that comes at the end', async () => {
      await alice.evaluate("location.hash = '#/rooms/long/120'");
      await message(alice, 'No. 120.').waitFor();
      const bob = await RawClient.signIn(cloud(), 'bob');
      await bob.request({ action: 'react', room: 'long', seq: 120, emoji: '👀', on: true });
      await message(alice, 'No. 120.').getByRole('button', { name: '👀 1' }).waitFor();
      await bob.send('long', 'Said meanwhile');
      await alice.getByRole('button', { name: '1 new message' }).click();
      await message(alice, 'Said meanwhile').waitFor();
      bob.close();
    });

    it('are walked through by the keyboard, to both ends', async () => {
      await message(alice, 'Said meanwhile').focus();
      await alice.keyboard.press('ArrowUp');
      expect(await focused(alice)).toContain(`No. ${many}.`);
      await alice.keyboard.press('Home');
      await message(alice, 'No. 1.').waitFor();
      await alice.getByRole('button', { name: 'Jump to present' }).click();
      await message(alice, 'Said meanwhile').waitFor();
    });
  });

  describe('between two people', () => {
    let bob: Page;

    beforeAll(async () => {
      await alice.evaluate("location.hash = '#/rooms/pair'");
      bob = await enter(await openWindow(), cloud(), 'bob', 'pair');
      await bob.getByText('Nobody has said anything yet. Say hello.').waitFor();
      await say(alice, 'Shall we dance?');
      await message(bob, 'Shall we dance?').waitFor();
    });

    it('are told to screen readers as they come', async () => {
      await bob.getByRole('log', { name: 'New messages' }).getByText('alice: Shall we dance?').waitFor();
      expect(await alice.getByRole('log', { name: 'New messages' }).getByText('Shall').count()).toBe(0);
    });

    it('show who has read them', async () => {
      await message(alice, 'Shall we dance?').getByText('Read by bob').waitFor({ state: 'attached' });
    });

    it('are reacted to, and one joins in', async () => {
      await message(bob, 'Shall we dance?').hover();
      await message(bob, 'Shall we dance?').getByRole('button', { name: 'React with 🎉' }).click();
      await message(alice, 'Shall we dance?').getByRole('button', { name: '🎉 1', pressed: false }).click();
      await message(bob, 'Shall we dance?').getByRole('button', { name: '🎉 2', pressed: true }).hover();
      await bob.getByRole('tooltip', { name: 'You and alice reacted with 🎉' }).waitFor();
      await message(bob, 'Shall we dance?').getByRole('button', { name: '🎉 2' }).click();
      await message(alice, 'Shall we dance?').getByRole('button', { name: '🎉 1', pressed: true }).waitFor();
    });

    it('are answered, and the answer leads to them', async () => {
      await message(bob, 'Shall we dance?').focus();
      await bob.keyboard.press('r');
      await bob.keyboard.type('With pleasure');
      await bob.keyboard.press('Enter');
      const quote = message(alice, 'With pleasure').getByRole('button', {
        name: /In answer to.*Shall we dance/,
      });
      await quote.click();
      await alice.locator('[data-marked]', { hasText: 'Shall we dance?' }).waitFor();
    });

    it('are changed in their place, by ↑ in the empty composer', async () => {
      await composer(alice).focus();
      await alice.keyboard.press('ArrowUp');
      const editor = alice.getByRole('textbox', { name: 'Edit message' });
      expect(await editor.inputValue()).toBe('Shall we dance?');
      await editor.fill('Shall we sing?');
      await alice.keyboard.press('Escape');
      await expect.poll(() => editor.count()).toBe(0);
      await alice.keyboard.press('ArrowUp');
      await editor.fill('Shall we sing?');
      await alice.keyboard.press('Enter');
      await message(bob, 'Shall we sing?').getByText('(edited)').waitFor();
      await message(bob, 'With pleasure')
        .getByRole('button', { name: /Shall we sing/ })
        .waitFor();
    });

    it('are deleted, once that is confirmed; a tombstone stays', async () => {
      await say(alice, 'Never mind');
      await message(bob, 'Never mind').waitFor();
      await message(alice, 'Never mind').focus();
      await alice.keyboard.press('Delete');
      const dialog = alice.getByRole('alertdialog', { name: 'Delete your message?' });
      expect(await violations(alice)).toEqual([]);
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await message(bob, 'This message was deleted.').waitFor();
      expect(await bob.getByRole('feed').getByText('Never mind').count()).toBe(0);
    });

    it('are the other’s to change: there is no button, and the key does nothing', async () => {
      await message(bob, 'Shall we sing?').click({ button: 'right' });
      await bob.getByRole('menuitem', { name: /Copy link/ }).waitFor();
      expect(await bob.getByRole('menuitem', { name: /Edit|Delete/ }).count()).toBe(0);
      await bob.keyboard.press('Escape');
      await message(bob, 'Shall we sing?').focus();
      await bob.keyboard.press('e');
      expect(await bob.getByRole('textbox', { name: 'Edit message' }).count()).toBe(0);
    });

    it('are announced while they are written', async () => {
      await composer(bob).pressSequentially('Hm');
      await alice.getByText('bob is typing…').waitFor();
      await composer(bob).fill('');
    });

    it('mention people by name, and tell whom they concern', async () => {
      const talk = await RawClient.signIn(cloud(), 'bob');
      await talk.send('pair', `<@${await userIdOf(cloud(), 'alice')}> and <@nobody-at-all> come`);
      const mine = message(alice, '@alice and @somebody come');
      await mine.locator('.mention.own', { hasText: '@alice' }).waitFor();
      expect(await mine.getAttribute('data-mentions')).toBe('true');
      talk.close();
    });

    it('are text, however hostile', async () => {
      const talk = await RawClient.signIn(cloud(), 'bob');
      const hostile = [
        '<script>document.title = "owned"</script>',
        '<img src=x onerror="document.title=\'owned\'">',
        'javascript:alert(1) https://example.org/"onmouseover="document.title=\'owned\'',
        'an invoice \u202egpj.exe of \u2066 mine',
        `${'Z\u0310\u0311\u0312\u0313\u0314'.repeat(60)} marks`,
        '\u200b\u200d\ufeff',
        `${'W'.repeat(3_000)} wide`,
      ];
      for (const text of hostile) await talk.send('pair', text);
      await feed(alice).getByText('W wide').waitFor();
      for (const text of hostile.slice(0, 2)) await feed(alice).getByText(text).waitFor();
      await feed(alice).getByText('Nothing that can be seen.').waitFor();
      expect(await alice.title()).not.toContain('owned');
      expect(await feed(alice).locator('script, img, iframe, style').count()).toBe(0);
      // The character that turns directions is kept, and turns nothing but itself.
      const turning = feed(alice).locator('bdi', { hasText: '\u202e' });
      expect(await turning.textContent()).toBe('\u202e');
      const scroller = alice.locator('.scroller');
      expect(await scroller.evaluate(sidewaysScroll)).toBe(0);
      talk.close();
    });
  });

  function feed(page: Page): Locator {
    return page.getByRole('feed', { name: 'Messages' });
  }

  function message(page: Page, text: string): Locator {
    // By its own text: an answer holds what it answers, too.
    return feed(page)
      .getByRole('article')
      .filter({ has: page.locator('.rich', { hasText: text }) })
      .last();
  }

  function composer(page: Page): Locator {
    return page.getByRole('textbox', { name: /^Message/ });
  }

  async function say(page: Page, text: string): Promise<void> {
    await composer(page).fill(text);
    await page.keyboard.press('Enter');
  }

  async function focused(page: Page): Promise<string> {
    return `${await page.evaluate('document.activeElement.textContent')}`;
  }

  async function inView(page: Page, text: string): Promise<boolean> {
    const found = feed(page).getByRole('article').filter({ hasText: text });
    return (await found.count()) > 0 && (await isInView(found.first()));
  }

  async function isInView(element: Locator): Promise<boolean> {
    const [box, frame] = await Promise.all([
      element.boundingBox(),
      element.page().locator('.scroller').boundingBox(),
    ]);
    if (!box || !frame) return false;
    return box.y < frame.y + frame.height && box.y + box.height > frame.y;
  }

  /**
   * Turns the wheel by so many pixels a time until it is enough. Resolves to the messages that did not move by what the
   * wheel moved the list, but jumped.
   */
  async function scrollThrough(page: Page, by: number, enough: () => Promise<boolean>): Promise<string[]> {
    const jumps: string[] = [];
    const frame = await page.locator('.scroller').boundingBox();
    await page.mouse.move((frame?.x ?? 0) + 200, (frame?.y ?? 0) + 200);
    while (!(await enough())) {
      const before = await places(page);
      await page.mouse.wheel(0, by);
      const after = await settledAfter(page, before);
      const moves = [...after].flatMap(([seq, top]) => {
        const was = before.get(seq);
        return was === undefined ? [] : [{ seq, moved: was - top }];
      });
      for (const { seq, moved } of moves) {
        // The ends of the list stop the wheel short; nothing goes further, or the other way.
        if (moved * Math.sign(by) < -2 || Math.abs(moved) > Math.abs(by) + 2)
          jumps.push(`${seq} by ${moved}`);
      }
    }
    return jumps;
  }

  /** Where each message stands on the screen, by seq, once the list has come to rest. */
  async function settledAfter(page: Page, before: Map<string, number>): Promise<Map<string, number>> {
    let last = before;
    for (let frames = 0; frames < 60; frames++) {
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      const now = await places(page);
      if (frames > 2 && [...now].every(([seq, top]) => last.get(seq) === top)) return now;
      last = now;
    }
    return last;
  }

  async function places(page: Page): Promise<Map<string, number>> {
    const found: [string, number][] = await page
      .locator('.scroller')
      .evaluate((scroller) =>
        [...scroller.querySelectorAll('.message')].map((message) => [
          message.getAttribute('data-seq') ?? '',
          Math.round(message.querySelector('.rich')?.getBoundingClientRect().top ?? 0),
        ]),
      );
    return new Map(found);
  }
});

function sidewaysScroll(element: Element): number {
  element.scrollLeft = 100;
  return element.scrollLeft;
}
