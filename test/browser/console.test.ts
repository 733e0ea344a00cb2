import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientSettings } from '#local/console/operator-clients.ts';
import { hasChromium, testBrowser } from '#test/support/chromium.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';

describe.skipIf(!hasChromium)("the local cloud's console", () => {
  const cloud = testCloud({ cloudWatch: { timeScale: 30 } });
  const openWindow = testBrowser();
  let alice: RawClient;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    alice = await RawClient.signIn(cloud(), 'alice');
    await alice.subscribe('general');
    page = await openWindow();
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (line) => line.type() === 'error' && problems.push(line.text()));
    await page.goto(`${cloud().url}/_local/console/`);
  });
  afterAll(() => alice.close());

  it('finds the story of a message that was just sent', async () => {
    const seq = await alice.send('general', 'What becomes of me? <b>Bold</b>');
    await alice.received('general', 1);
    await open('Story');
    await page.getByRole('link', { name: new RegExp(`^general ${seq} `) }).click();
    const story = page.getByRole('article', { name: `The story of general ${seq}` });
    await story.getByText('What becomes of me? <b>Bold</b>').waitFor();
    for (const step of ['written', 'dispatched', 'published', 'delivered'])
      await story.getByRole('listitem').filter({ hasText: step }).waitFor();
    await story.getByText('to 1 connection').waitFor();
  });

  it('shows on its first page which stage takes how long', async () => {
    await open('Delivery');
    const waterfall = page.getByRole('article').filter({ hasText: 'Where the time goes: p50' });
    for (const stage of ['ingress', 'stream lag', 'queue dwell', 'post'])
      await waterfall.getByRole('button', { name: new RegExp(`${stage}.*\\d+ ?m?s$`) }).waitFor();
    await waterfall.getByText(/^\d.* now, of which .* \(\d+%\)$/).waitFor();
  });

  it('finds a line in the logs', async () => {
    await open('Logs');
    await page.getByLabel('Lines that contain').fill('Delivered');
    await page.getByLabel('Log group').selectOption('/fanfare/deliver');
    const lines = page.getByRole('log', { name: 'Log lines' });
    await lines.getByText('Delivered').first().waitFor();
    expect(await lines.getByText('Published').count()).toBe(0);
  });

  it('peeks into a dead-letter queue and brings back what it holds', async () => {
    const letters = cloud()
      .queues.queues()
      .find(({ name }) => name === 'fanfare-notifications-dlq');
    const sqs = new SQSClient({
      ...clientSettings(cloud().operatorEnvironment, 'SQS'),
      useQueueUrlAsEndpoint: false,
    });
    await sqs.send(new SendMessageCommand({ QueueUrl: letters?.url, MessageBody: '{"poison":true}' }));
    sqs.destroy();

    await open('Queues');
    await page.getByRole('link', { name: 'Peek into fanfare-notifications-dlq' }).click();
    const held = page.getByRole('region', { name: 'Messages of fanfare-notifications-dlq' });
    await held.locator('pre').getByText('"poison": true').waitFor();
    expect(letters?.counts()).toEqual({ ready: 1, delayed: 0, inFlight: 0 });

    await page
      .getByRole('button', { name: 'Redrive fanfare-notifications-dlq to fanfare-notifications' })
      .click();
    await page.getByRole('status').getByText('1 moved').waitFor();
    await held.getByText('It is empty').waitFor();
    expect(letters?.counts()).toEqual({ ready: 0, delayed: 0, inFlight: 0 });
  });

  it('shows an alarm that goes off', async () => {
    const [alarm] = cloud().cloudWatch.alarms.list();
    if (!alarm) throw new Error('The template has no alarms');
    cloud().cloudWatch.alarms.setState(alarm, 'ALARM', 'A test says so');
    await open('Alarms');
    await page
      .getByRole('group')
      .filter({ hasText: alarm.name })
      .getByText('A test says so')
      .first()
      .waitFor();
  });

  it('fits a phone, and nothing went wrong on the way', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const view of ['Delivery', 'Alarms', 'Logs', 'Queues', 'Connections', 'Story']) {
      await open(view);
      const overflow = () => page.evaluate('document.documentElement.scrollWidth - innerWidth');
      await expect.poll(overflow).toBe(0);
    }
    expect(problems).toEqual([]);
  });

  async function open(view: string): Promise<void> {
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: view }).click();
  }
});
