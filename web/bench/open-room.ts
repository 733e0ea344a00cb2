import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { chromium, type Page } from 'playwright-core';
import { startCloud } from '#local/cloud.ts';
import { synth } from '#local/synth.ts';
import { launchOptions } from '#test/support/chromium.ts';
import { Storage } from '#test/support/storage.ts';
import { enter } from '../test/person.ts';

/**
 * How fast a room opens, and how smoothly it scrolls: `node web/bench/open-room.ts --messages 10000`. It runs a cloud of
 * its own, and prints figures of this machine; nothing fails by them.
 */
const program = new Command('open-room')
  .option('--messages <number>', 'messages of the room', Number, 10_000)
  .parse();
const { messages } = program.opts<{ messages: number }>();

const folder = mkdtempSync(join(tmpdir(), 'fanfare-open-room-'));
const assembly = join(folder, 'assembly');
await synth(assembly);
const cloud = await startCloud({ assembly, port: 0, dataDir: join(folder, 'data') });
const browser = await chromium.launch(launchOptions);
try {
  const storage = new Storage(cloud);
  await storage.createRoom('bench', ['alice']);
  await storage.writeHistory(
    'bench',
    messages,
    (seq) => `No. ${seq}.${' And so on.'.repeat((seq * 7) % 40)}`,
  );
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await enter(page, cloud, 'alice', 'general');
  await page.getByRole('navigation').getByText('bench').waitFor();
  const newest = `No. ${messages}.`;

  const opening = await timed(page, newest, async () => {
    await page.evaluate("location.hash = '#/rooms/bench'");
  });
  const reloads: number[] = [];
  for (let round = 0; round < 5; round++) {
    await page.reload({ waitUntil: 'commit' });
    // Milliseconds since the navigation began, by the page's own clock.
    reloads.push(await shown(page, newest));
  }
  const up = await scrollUp(page);
  const jump = await timed(page, newest, async () => {
    await page.getByRole('button', { name: 'Jump to present' }).click();
  });
  console.log(
    JSON.stringify(
      {
        messages,
        'another room → its newest message on the screen, ms': Math.round(opening),
        'page reloaded → its newest message on the screen, ms': reloads.map(Math.round),
        'scrolled to the oldest': up,
        'from the oldest back to the newest, ms': Math.round(jump),
      },
      null,
      2,
    ),
  );
} finally {
  await browser.close();
  await cloud.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function timed(page: Page, text: string, act: () => Promise<void>): Promise<number> {
  const start = Number(await page.evaluate('performance.now()'));
  await act();
  return (await shown(page, text)) - start;
}

/** When the text stood on the screen, by the page's own clock: the frame after it is in the page and in sight. */
async function shown(page: Page, text: string): Promise<number> {
  const at = await page.waitForFunction(
    `(() => {
      const frame = document.querySelector('.scroller')?.getBoundingClientRect();
      const found = [...document.querySelectorAll('.rich')].find((rich) => rich.textContent.startsWith(${JSON.stringify(text)}));
      const box = found?.getBoundingClientRect();
      return frame && box && box.top < frame.bottom && box.bottom > frame.top && performance.now();
    })()`,
    undefined,
    { polling: 'raf', timeout: 60_000 },
  );
  return Number(await at.jsonValue());
}

/** Turns the wheel until the oldest message is in sight, and takes the time of each frame meanwhile. */
async function scrollUp(page: Page): Promise<object> {
  await page.evaluate(`(() => {
    window.frames_ = [];
    let last = performance.now();
    const frame = (now) => { window.frames_.push(now - last); last = now; window.recorder_ = requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  })()`);
  const box = await page.locator('.scroller').boundingBox();
  await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 300);
  const started = performance.now();
  let mostRows = 0;
  let mostNodes = 0;
  for (let turns = 0; ; turns++) {
    await page.mouse.wheel(0, -1_500);
    if (turns % 20 > 0) continue;
    mostRows = Math.max(mostRows, await page.locator('.row').count());
    mostNodes = Math.max(mostNodes, Number(await page.evaluate("document.querySelectorAll('*').length")));
    if (await page.locator('[data-seq="1"]').count()) break;
  }
  const seconds = (performance.now() - started) / 1000;
  const frames: number[] = JSON.parse(
    `${await page.evaluate('cancelAnimationFrame(window.recorder_), JSON.stringify(window.frames_)')}`,
  );
  frames.sort((a, b) => a - b);
  const at = (share: number) => Math.round(frames[Math.floor(share * (frames.length - 1))] ?? 0);
  return {
    seconds: Math.round(seconds),
    'ms a frame': { p50: at(0.5), p95: at(0.95), p99: at(0.99), longest: at(1) },
    'rows in the page, at most': mostRows,
    'elements of the whole page, at most': mostNodes,
  };
}
