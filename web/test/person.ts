import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { FanfareApi } from '#client';
import type { Cloud } from '#local/cloud.ts';

/** The HTTP API as a person uses it, without a browser. */
export function apiOf(cloud: Cloud, name: string): FanfareApi {
  return new FanfareApi({
    url: `${cloud.url}/api`,
    token: async () => (await cloud.identity.accessToken(name)).accessToken,
  });
}

/** Signs somebody in at a page, and opens a room. */
export async function enter(page: Page, cloud: Cloud, name: string, room: string): Promise<Page> {
  // What fades in has half its contrast.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(cloud.url);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Or any other name').fill(name);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').first().waitFor();
  await page.evaluate(`location.hash = '#/rooms/${room}'`);
  return page;
}

/** What axe-core finds on the page that is serious, or worse: each as its rule and its elements. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found: unknown = await page.evaluate(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(', ')))`);
  if (!Array.isArray(found)) throw new Error('axe did not run');
  return found.map(String);
}
