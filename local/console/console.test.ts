import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient } from '#test/support/raw-client.ts';
import type { AlarmDetail } from './alarms.ts';
import type { ConnectionRow, Overview } from './console.ts';
import { consolePath } from './console.ts';
import type { DrawnDashboard } from './dashboards.ts';
import type { LogPage } from './log-search.ts';
import { clientSettings } from './operator-clients.ts';
import type { QueueRow } from './queues.ts';
import type { Story } from './story.ts';

const cloud = testCloud({ cloudWatch: { timeScale: 30 } });

const api = (address: string, init: RequestInit = {}) =>
  fetch(`${cloud().url}${consolePath}api/${address}`, init);

async function get<T>(address: string): Promise<T> {
  const response = await api(address);
  expect(response.status).toBe(200);
  return await response.json();
}

const ownPage = () => ({ origin: cloud().url });

describe('whom the console answers', () => {
  it('serves its page, which may run nothing but its own script', async () => {
    const page = await fetch(`${cloud().url}${consolePath}`);
    expect(await page.text()).toContain('<title>Fanfare console</title>');
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self';/);
    for (const file of ['main.js', 'styles.css'])
      expect((await fetch(`${cloud().url}${consolePath}${file}`)).status).toBe(200);
    expect((await fetch(`${cloud().url}${consolePath.slice(0, -1)}`)).url).toBe(
      `${cloud().url}${consolePath}`,
    );
    expect((await fetch(`${cloud().url}${consolePath}other.js`)).status).toBe(404);
  });

  it('refuses a name that is not this machine’s, which DNS may point here', async () => {
    // fetch sets Host itself.
    const { get: ask } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const options = {
        port: cloud().port,
        path: `${consolePath}api/overview`,
        headers: { host: 'evil.example' },
      };
      ask(options, (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
    expect(status).toBe(403);
  });

  it.each([undefined, 'https://evil.example', 'null'])(
    'takes no change from a page of %s',
    async (origin) => {
      const headers: Record<string, string> = origin === undefined ? {} : { origin };
      const body = JSON.stringify({ queue: 'fanfare-deliveries-dlq' });
      expect((await api('redrive', { method: 'POST', headers, body })).status).toBe(403);
    },
  );

  it('says what it was asked for wrongly', async () => {
    expect((await api('redrive')).status).toBe(404);
    expect((await api('dashboard?name=none')).status).toBe(404);
    expect((await api('story?room=general&seq=zero')).status).toBe(400);
    expect((await api('story?room=nowhere&seq=1')).status).toBe(404);
    const wrong = { method: 'POST', headers: ownPage(), body: '{"queue":"fanfare-deliveries"}' };
    const refused = await api('redrive', wrong);
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { message: 'fanfare-deliveries is not a dead-letter queue.' },
    ]);
  });
});

describe('what it shows', () => {
  let alice: RawClient;
  let seq = 0;

  beforeAll(async () => {
    alice = await RawClient.signIn(cloud(), 'alice');
    await alice.subscribe('general');
    seq = await alice.send('general', 'Look at me');
    await alice.received('general', 1);
    return () => alice.close();
  });

  it("tells a message's story: every stage, in order, and where its time went", async () => {
    const told = async () => await get<Story>(`story?room=general&seq=${seq}`);
    await expect.poll(async () => (await told()).missing).toEqual([]);
    const { message, steps, spent } = await told();
    expect(message.text).toBe('Look at me');
    expect(steps.map(({ what }) => what).toSorted()).toEqual([
      'delivered',
      'dispatched',
      'picked up',
      'published',
      'written',
    ]);
    expect(steps.map(({ atMs }) => atMs)).toEqual(steps.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
    expect(spent && spent.streamMs + spent.queueMs + spent.postsMs).toBe(spent?.totalMs);
    expect(await get('messages')).toContainEqual({ room: 'general', seq, at: expect.any(Number) });
  });

  it('draws each dashboard of the template from what was measured', async () => {
    const { dashboards } = await get<Overview>('overview');
    expect(dashboards.length).toBeGreaterThan(0);
    for (const name of dashboards) {
      const { widgets } = await get<DrawnDashboard>(`dashboard?name=${encodeURIComponent(name)}&minutes=60`);
      expect(widgets.length).toBeGreaterThan(0);
      for (const widget of widgets) {
        if (widget.type === 'metric' || widget.type === 'log') expect(widget.problem).toBeUndefined();
        expect(widget.type).not.toBe('other');
      }
    }
    const latency = async () => {
      const { widgets } = await get<DrawnDashboard>('dashboard?name=Fanfare-delivery&minutes=180');
      return widgets.flatMap((widget) =>
        widget.type === 'metric' && widget.stacked && widget.title.includes('p50') ? widget.series : [],
      );
    };
    await expect
      .poll(async () => (await latency()).map(({ unit, points }) => [unit, points.length > 0]))
      .toEqual(Array(4).fill(['ms', true]));
  });

  it('knows every alarm, its condition and its history', async () => {
    const alarms = await get<AlarmDetail[]>('alarms');
    const names = cloud().deployment.find('AWS::CloudWatch::Alarm').length;
    expect(alarms.filter(({ isComposite }) => !isComposite)).toHaveLength(names);
    const [any] = cloud().cloudWatch.alarms.list();
    if (!any) throw new Error('The template has no alarms');
    cloud().cloudWatch.alarms.setState(any, 'ALARM', 'A test says so');
    const found = (await get<AlarmDetail[]>('alarms')).find(({ name }) => name === any.name);
    expect(found?.history).toContainEqual(expect.objectContaining({ to: 'ALARM', reason: 'A test says so' }));
    expect(found?.condition).not.toBe('');
  });

  it('searches the logs, and then gives only what is new', async () => {
    const find = (more = '') => get<LogPage>(`logs?group=/fanfare/send-message&text=written${more}`);
    await expect.poll(async () => (await find()).entries.length).toBeGreaterThan(0);
    const first = await find();
    expect(first.entries[0]).toMatchObject({
      text: 'Written',
      level: 'INFO',
      fields: { room: 'general', seqs: [seq] },
    });
    const after = `&after=${encodeURIComponent(first.positions)}`;
    expect((await find(after)).entries).toEqual([]);
    const next = await alice.send('general', 'Once more');
    await expect
      .poll(async () => (await find(after)).entries.map(({ fields }) => fields.seqs))
      .toEqual([[next]]);
    expect((await get<LogPage>('logs?level=ERROR')).entries).toEqual([]);
    const everything = await get<LogPage>('logs?all=true');
    expect(new Set(everything.entries.map(({ kind }) => kind))).toEqual(
      new Set(['function', 'platform', 'metrics']),
    );
  });

  it('names who is connected', async () => {
    const connections = await get<ConnectionRow[]>('connections');
    expect(connections).toEqual([expect.objectContaining({ name: 'alice', unsentBytes: 0 })]);
  });

  it('peeks into a queue without receiving, and redrives a dead-letter queue to its source', async () => {
    const sqs = new SQSClient({
      ...clientSettings(cloud().operatorEnvironment, 'SQS'),
      useQueueUrlAsEndpoint: false,
    });
    onTestFinished(() => sqs.destroy());
    const letters = cloud()
      .queues.queues()
      .find(({ name }) => name === 'fanfare-notifications-dlq');
    await sqs.send(new SendMessageCommand({ QueueUrl: letters?.url, MessageBody: 'Bring me back' }));

    const row = async (name: string) =>
      (await get<QueueRow[]>('queues')).find((queue) => queue.name === name);
    const peek = (name: string) => get(`queue?name=${name}`);
    const held = { body: 'Bring me back', receiveCount: 0, state: 'ready' };
    for (let look = 0; look < 2; look++)
      expect(await peek('fanfare-notifications-dlq')).toEqual([expect.objectContaining(held)]);
    expect(await row('fanfare-notifications-dlq')).toMatchObject({
      ready: 1,
      inFlight: 0,
      isDeadLetterQueue: true,
      sources: ['fanfare-notifications'],
      oldestAt: expect.any(Number),
    });
    expect((await get<Overview>('overview')).deadLetters).toBe(1);

    const body = JSON.stringify({ queue: 'fanfare-notifications-dlq' });
    const redriven = await api('redrive', { method: 'POST', headers: ownPage(), body });
    expect(await redriven.json()).toEqual({ moved: 1, failed: 0, problems: [] });
    expect(await row('fanfare-notifications-dlq')).toMatchObject({ ready: 0, inFlight: 0 });
    expect(await peek('fanfare-notifications')).toContainEqual(
      expect.objectContaining({ body: 'Bring me back' }),
    );
  });
});
