import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Room } from '#client';
import { testServer } from '#test/support/http-server.ts';
import { eventually, range, seqs, session } from '../../../client/test-session.ts';
import { Timeline } from './timeline.ts';

const current = session();
const api = testServer();

/** The newest 50 of the messages 3 to 1,002: two numbers were skipped. */
const last = 1_002;
let room: Room;
let timeline: Timeline;

beforeEach(async () => {
  current.server.write('general', range(3, last));
  api().answer = (request) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://api');
    if (!pathname.endsWith('/messages')) return { status: 404 };
    const limit = Number(searchParams.get('limit'));
    const all = current.server.messages('general');
    const asked = (name: string) => (searchParams.has(name) ? Number(searchParams.get(name)) : undefined);
    const before = (seq: number, count: number) => all.filter((m) => m.seq < seq).slice(-count);
    const from = (seq: number, count: number) => all.filter((m) => m.seq >= seq).slice(0, count);
    const [older, newer, around] = [asked('before'), asked('after'), asked('around')];
    if (older !== undefined) return { body: { messages: before(older, limit) } };
    if (newer !== undefined) return { body: { messages: from(newer + 1, limit) } };
    const half = limit / 2;
    return { body: { messages: [...before(around ?? 1, half), ...from(around ?? 1, half)] } };
  };
  const client = current.client({ apiUrl: `${api().url}/api` });
  room = client.join('general');
  await eventually(() => expect(room.state).toBe('live'));
  timeline = new Timeline(room, client.api);
});

afterEach(() => timeline.close());

function shown(): (number | undefined)[] {
  return seqs(timeline.view.messages);
}

describe('from the newest on', () => {
  it('shows the first page, and reads older ones until there are none', async () => {
    expect(shown()).toEqual(range(953, last));
    expect(timeline.view).toMatchObject({ live: true, older: 'some', newer: 'none' });
    await timeline.loadOlder();
    expect(shown()).toEqual(range(753, last));
    while (timeline.view.older === 'some') await timeline.loadOlder();
    expect(shown()).toEqual(range(3, last));
    expect(timeline.view.older).toBe('none');
  });

  it('reads a page once, however often it is asked for meanwhile', async () => {
    api().requests.length = 0;
    await Promise.all([timeline.loadOlder(), timeline.loadOlder(), timeline.loadOlder()]);
    expect(api().requests).toHaveLength(1);
  });

  it('says that a page failed, and tries again', async () => {
    const { answer } = api();
    api().answer = () => ({ status: 503 });
    await timeline.loadOlder();
    expect(timeline.view.older).toBe('failed');
    api().answer = answer;
    await timeline.loadOlder();
    expect(timeline.view.older).toBe('some');
    expect(shown()[0]).toBe(753);
  });

  it('stays with the newest where the message is there', async () => {
    expect(await timeline.goTo(960)).toBe(960);
    expect(timeline.view.live).toBe(true);
  });
});

describe('from an older message on', () => {
  it('shows what is around it, or around the next one', async () => {
    expect(await timeline.goTo(500)).toBe(500);
    expect(shown()).toEqual(range(460, 539));
    expect(timeline.view).toMatchObject({ live: false, older: 'some', newer: 'some' });
    expect(await timeline.goTo(1)).toBe(3);
    expect(shown()[0]).toBe(3);
    await timeline.loadOlder();
    expect(timeline.view.older).toBe('none');
  });

  it('grows both ways, and becomes one with the newest where it reaches them', async () => {
    await timeline.goTo(700);
    await timeline.loadOlder();
    expect(shown()).toEqual(range(460, 739));
    await timeline.loadNewer();
    expect(shown()).toEqual(range(460, 939));
    expect(timeline.view.live).toBe(false);
    await timeline.loadNewer();
    expect(timeline.view).toMatchObject({ live: true, newer: 'none' });
    expect(shown()).toEqual(range(460, last));
    current.server.publish('general', [last + 1]);
    await eventually(() => expect(shown().at(-1)).toBe(last + 1));
  });

  it('is where it was while new ones come, until one goes to the newest', async () => {
    await timeline.goTo(500);
    current.server.publish('general', [last + 1]);
    await eventually(() => expect(seqs(room.messages).at(-1)).toBe(last + 1));
    expect(shown()).toEqual(range(460, 539));
    timeline.toPresent();
    expect(shown()).toEqual(range(953, last + 1));
  });

  it('shows what becomes of its messages', async () => {
    await timeline.goTo(500);
    const message = current.server.change('general', 500, { text: 'edited', editedAt: Date.now() });
    current.server.tell('general', [{ type: 'edited', at: Date.now(), message }]);
    await eventually(() =>
      expect(timeline.view.messages.find(({ seq }) => seq === 500)?.text).toBe('edited'),
    );
  });

  it('forgets a jump that another one overtakes', async () => {
    const first = timeline.goTo(200);
    expect(await timeline.goTo(600)).toBe(600);
    expect(await first).toBeUndefined();
    expect(shown()).toContain(600);
  });

  it('is left as it was by a jump that is refused', async () => {
    api().answer = () => ({ status: 403 });
    await expect(timeline.goTo(500)).rejects.toMatchObject({ status: 403 });
    expect(timeline.view.live).toBe(true);
  });
});
