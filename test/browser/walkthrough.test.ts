import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ClientFrame, clientFrame } from '#shared/contract/frames.ts';
import { routes } from '#shared/contract/routes.ts';
import { hasChromium, testBrowser } from '#test/support/chromium.ts';
import { testCloud } from '#test/support/cloud.ts';
import { assemblyThatReachesLoopback, httpsReceiver } from '#test/support/https-receiver.ts';
import { PushBrowser } from '#test/support/push-browser.ts';
import { RawClient } from '#test/support/raw-client.ts';
import { apiOf, enter, violations } from '../../web/test/person.ts';

/** Where each screen's pictures go, where they are wanted (`npm run screens`). */
const screens = process.env.FANFARE_SCREENS;
const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

/** People’s names at sign-in, and as others see them. */
const people = { alice: 'Alice Okafor', bob: 'Bob Lindqvist', carol: 'Carol Reyes', dave: 'Dave Moreau' };

/** One room's life, from its owner's, a member's and an outsider's seat. The steps build on each other. */
describe.skipIf(!hasChromium)('three people in three browsers', () => {
  const cloud = testCloud({ assembly: assemblyThatReachesLoopback() });
  const pushService = httpsReceiver();
  const openWindow = testBrowser();
  const ids = new Map<string, string>();
  let alice: Page;
  let bob: Page;
  let carol: Page;
  let room: string;

  beforeAll(async () => {
    for (const [person, name] of Object.entries(people)) {
      const { userId } = await apiOf(cloud(), person).rename(name);
      ids.set(person, userId);
    }
    const host = apiOf(cloud(), 'dave');
    const tea = { name: 'Tea and biscuits', description: 'At four, as ever', visibility: 'public' } as const;
    const { room: teaRoom } = await host.createRoom(tea);
    await apiOf(cloud(), 'bob').addMember(teaRoom, 'me');
    const { room: direct } = await apiOf(cloud(), 'carol').direct([ids.get('bob') ?? '']);
    await host.createRoom({ name: 'Book club', visibility: 'public', mode: 'restricted' });
    const talk = await RawClient.signIn(cloud(), 'carol');
    await talk.send('general', 'Welcome! This room is everybody’s.');
    await talk.send('general', 'Say hello, or look for a room: the plus beside “Rooms” has them all.');
    await talk.send(direct, 'Do you have a minute?');
    await talk.send(direct, 'It is about the tickets');
    talk.close();
    const kettle = await RawClient.signIn(cloud(), 'dave');
    await kettle.send(teaRoom, 'The kettle is on');
    kettle.close();
  });

  it('sign in, and are in the room that everybody is in', async () => {
    [alice, bob, carol] = await Promise.all([openWindow(), openWindow(), openWindow()]);
    for (const page of [alice, bob, carol]) await page.setViewportSize(desktop);
    await alice.goto(cloud().url);
    await alice.getByRole('button', { name: 'Sign in' }).waitFor();
    await look(alice, 'sign-in');
    await enter(alice, cloud(), 'alice', 'general');
    await enter(bob, cloud(), 'bob', 'general');
    await enter(carol, cloud(), 'carol', 'general');
    await shows(alice, 'Say hello');
    await shows(bob, 'Say hello');
    await look(bob, 'room');
  });

  it('Alice creates a private room, into which moderators alone let people', async () => {
    await alice.getByRole('button', { name: 'Add rooms' }).click();
    await alice.getByRole('menuitem', { name: /Create/ }).click();
    const dialog = alice.getByRole('dialog', { name: 'Create a room' });
    await dialog.getByLabel('Name').fill('Launch crew');
    await dialog.getByLabel('Description').fill('What has to be done before the 3rd');
    await dialog.getByText('Private').click();
    await dialog.getByText('Moderators', { exact: true }).click();
    await look(alice, 'create-room');
    await dialog.getByRole('button', { name: 'Create room' }).click();
    await alice.getByRole('heading', { name: 'Launch crew', level: 1 }).waitFor();
    room = /#\/rooms\/([^/]+)/.exec(alice.url())?.[1] ?? '';
    const info = await apiOf(cloud(), 'alice').room(room);
    expect(info).toMatchObject({ visibility: 'private', mode: 'restricted', role: 'owner' });
    await look(alice, 'empty-room');
  });

  it('Carol, who is no member, is refused by every endpoint and every frame', async () => {
    await carol.goto(`${cloud().url}/#/rooms/${room}`);
    await carol.getByText('You cannot see this room').waitFor();
    await look(carol, 'no-member');
    const { accessToken } = await cloud().identity.accessToken('carol');
    const statuses: string[] = [];
    const ofRooms = routes.filter(({ path }) => path.startsWith('/rooms/{room}'));
    for (const { method, path } of ofRooms) {
      const filled = path
        .replace('{room}', room)
        .replace('{user}', path.includes('bans') || method === 'PATCH' ? (ids.get('alice') ?? '') : 'me')
        .replace('{seq}', '1')
        .replace(/\{(attachment|webhook)\}/, 'A'.repeat(22))
        .replace(/search$/, 'search?text=x');
      const body = bodies[`${method} ${path}`];
      const response = await fetch(`${cloud().url}/api${filled}`, {
        method,
        headers: { authorization: `Bearer ${accessToken}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      statuses.push(`${response.status} ${method} ${path}`);
    }
    // Who leaves a room that they are not in is out of it.
    const expected = ofRooms.map(({ method, path }) =>
      method === 'DELETE' && path.endsWith('/members/{user}')
        ? `204 ${method} ${path}`
        : `403 ${method} ${path}`,
    );
    expect(statuses).toEqual(expected);

    const socket = await RawClient.signIn(cloud(), 'carol');
    for (const frame of framesTo(room)) {
      const answer = await socket.request(frame);
      expect([frame.action, answer]).toMatchObject([frame.action, { type: 'error', code: 'not_member' }]);
    }
    socket.close();
  });

  it('Bob is added, and is in the room at once', async () => {
    await alice.getByRole('button', { name: /^Members/ }).click();
    await add(people.bob);
    await add(people.dave);
    await look(alice, 'add-people');
    await away(alice);
    await bob.getByRole('navigation', { name: 'Rooms' }).getByText('Launch crew').click();
    await bob.getByRole('heading', { name: 'Launch crew', level: 1 }).waitFor();
    // Who is here is online before Alice's eyes, and who is not, is not.
    await alice
      .getByRole('region', { name: /^Online/ })
      .or(alice.locator('section', { hasText: 'Online' }))
      .first()
      .waitFor();
    await look(alice, 'members');
    await alice.getByRole('button', { name: 'Close members' }).click();
  });

  it('Alice attaches an image, which Bob sees', async () => {
    await alice
      .getByLabel('Files to attach')
      .setInputFiles([
        { name: 'poster.png', mimeType: 'image/png', buffer: await picture(await openWindow()) },
      ]);
    await alice.getByRole('list', { name: 'Files of this message' }).getByText('poster.png').waitFor();
    await write(alice, 'The poster, as it went to the printer');
    const image = message(bob, 'The poster').getByRole('button', { name: 'Image poster.png' });
    await expect.poll(() => image.getAttribute('data-loaded')).toBe('true');
    await image.click();
    await bob.getByRole('dialog').waitFor();
    await look(bob, 'image');
    await away(bob);
  });

  it('Bob reacts', async () => {
    await act(bob, 'The poster', 'React with 🎉');
    await message(alice, 'The poster').getByRole('button', { name: '🎉 1' }).waitFor();
  });

  it('Alice edits what she wrote', async () => {
    await act(alice, 'The poster', 'Edit');
    const field = alice.getByRole('textbox', { name: 'Edit message' }).or(alice.getByLabel('Edit message'));
    await field.first().fill('The poster, as it went to the printer on *Monday*');
    await field.first().press('Enter');
    await message(bob, 'printer on').getByText('(edited)').waitFor();
  });

  it('Bob replies', async () => {
    await act(bob, 'The poster', 'Reply');
    await write(bob, 'Looks great! Who has the tickets? `npm run tickets` says 42.');
    const reply = message(alice, 'Looks great');
    await reply.getByText('The poster').waitFor();
    await reply.locator('code', { hasText: 'npm run tickets' }).waitFor();
  });

  it('Alice mentions Dave, who is away, and is told by a push', async () => {
    const browser = new PushBrowser(`${pushService().url}/dave`);
    await apiOf(cloud(), 'dave').savePush(browser);
    const field = composer(alice);
    await field.focus();
    await alice.keyboard.type('Those are with @Dav');
    await alice.getByRole('option', { name: people.dave }).waitFor();
    await look(alice, 'mention');
    await alice.keyboard.press('Enter');
    await alice.keyboard.type('since Friday');
    await alice.keyboard.press('Enter');
    await shows(bob, `@${people.dave}`);
    await expect.poll(() => pushService().received.length).toBe(1);
    const [push] = pushService().received;
    expect(push && browser.open(push.body)).toMatchObject({
      room,
      from: people.alice,
      roomName: 'Launch crew',
    });
    await look(bob, 'conversation');
  });

  it('finds what was said, and goes there', async () => {
    await bob.getByRole('button', { name: 'Search in this room' }).click();
    await bob.getByRole('searchbox').or(bob.getByLabel('Search this room')).first().fill('printer');
    const panel = bob.getByRole('complementary', { name: 'Search' });
    await panel.getByText('printer').first().waitFor();
    await look(bob, 'search');
    await panel.getByText('printer').first().click();
    await bob.locator('[data-marked]').waitFor();
    // And there again.
    await bob.locator('[data-marked]').waitFor({ state: 'detached' });
    await panel.getByText('printer').first().click();
    await bob.locator('[data-marked]').waitFor();
    await bob.getByRole('button', { name: 'Close search' }).click();
  });

  it('Bob is muted, and sees why he cannot write', async () => {
    await alice.getByRole('button', { name: /^Members/ }).click();
    await ofMember(people.bob, 'Mute…');
    const dialog = alice.getByRole('dialog', { name: `Mute ${people.bob}` });
    await look(alice, 'mute');
    await dialog.getByRole('button', { name: 'Mute' }).click();
    await bob.getByText(/A moderator muted you here until/).waitFor();
    await look(bob, 'muted');
    await ofMember(people.bob, 'End the mute');
    await write(bob, 'Sorry, that was my cat');
    await shows(alice, 'my cat');
  });

  it('Alice deletes what Bob wrote: a note stays in its place', async () => {
    await message(alice, 'my cat').hover();
    await message(alice, 'my cat').getByRole('button', { name: 'More actions' }).click();
    await alice.getByRole('menuitem', { name: /Delete/ }).click();
    await alice
      .getByRole('alertdialog')
      .or(alice.getByRole('dialog'))
      .getByRole('button', { name: 'Delete' })
      .click();
    await bob.getByText('A moderator deleted this message.').waitFor();
    await expect.poll(() => bob.getByRole('article').filter({ hasText: 'my cat' }).count()).toBe(0);
  });

  it('the room’s settings say what it is, and who is kept out', async () => {
    await alice.getByRole('button', { name: 'More', exact: true }).click();
    await alice.getByRole('menuitem', { name: 'Room details and settings' }).click();
    await alice.getByRole('dialog').getByRole('tablist').waitFor();
    await look(alice, 'room-settings');
    await away(alice);
  });

  it('Bob is banned: the room is gone before his eyes, and does not take him back', async () => {
    await ofMember(people.bob, 'Ban…');
    const dialog = alice.getByRole('dialog', { name: `Ban ${people.bob}` });
    await dialog.getByRole('button', { name: 'Ban' }).click();
    await bob.getByRole('heading', { name: 'Launch crew', level: 1 }).waitFor({ state: 'detached' });
    await bob
      .getByRole('navigation', { name: 'Rooms' })
      .getByText('Launch crew')
      .waitFor({ state: 'detached' });
    await expect(apiOf(cloud(), 'alice').addMember(room, ids.get('bob') ?? '')).rejects.toMatchObject({
      status: 403,
    });
  });

  it('Carol is added, and leaves', async () => {
    await apiOf(cloud(), 'alice').addMember(room, ids.get('carol') ?? '');
    await carol.getByRole('navigation', { name: 'Rooms' }).getByText('Launch crew').click();
    await carol.getByRole('button', { name: 'More', exact: true }).click();
    await carol.getByRole('menuitem', { name: 'Room details and settings' }).click();
    await carol.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
    await carol
      .getByRole('alertdialog')
      .or(carol.getByRole('dialog', { name: 'Leave this room?' }))
      .getByRole('button', { name: 'Leave' })
      .click();
    await carol
      .getByRole('navigation', { name: 'Rooms' })
      .getByText('Launch crew')
      .waitFor({ state: 'detached' });
    expect((await apiOf(cloud(), 'carol').rooms()).rooms.map(({ room }) => room)).not.toContain(room);
  });

  it('shows what it looks like otherwise: rooms to find, settings, no network', async () => {
    const browse = carol.getByRole('menuitem', { name: /Browse/ });
    // The dialog in which she left may still be closing, and take the focus back from the menu.
    await expect
      .poll(async () => {
        if (!(await browse.isVisible())) await carol.getByRole('button', { name: 'Add rooms' }).click();
        return await browse.isVisible();
      })
      .toBe(true);
    await browse.click();
    await carol.getByRole('dialog', { name: 'Browse rooms' }).getByText('Tea and biscuits').waitFor();
    await look(carol, 'browse');
    await away(carol);
    await carol.getByRole('button', { name: 'Settings' }).click();
    await carol.getByRole('dialog', { name: 'Settings' }).waitFor();
    await look(carol, 'settings');
    await away(carol);
    await carol.keyboard.press('Control+k');
    await carol.getByRole('dialog', { name: 'Go to' }).waitFor();
    await look(carol, 'switcher');
    await away(carol);
    await carol.context().setOffline(true);
    await carol.getByRole('status').filter({ hasText: 'You are offline' }).waitFor();
    await look(carol, 'offline');
    await carol.context().setOffline(false);
  });

  async function add(name: string): Promise<void> {
    const dialog = alice.getByRole('dialog', { name: 'Add people' });
    if (!(await dialog.isVisible())) await alice.getByRole('button', { name: 'Add people' }).click();
    await dialog.getByLabel('Name').fill(name.slice(0, 3));
    await dialog.getByRole('button', { name: `Add ${name}` }).click();
    await dialog.getByRole('listitem').filter({ hasText: name }).getByText('Member').waitFor();
  }

  async function ofMember(name: string, action: string): Promise<void> {
    await alice.getByRole('button', { name: `Actions for ${name}` }).click();
    await alice.getByRole('menuitem', { name: action }).click();
  }
});

function composer(page: Page): Locator {
  return page.getByLabel(/^Message to /);
}

async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await expect.poll(() => page.getByRole('button', { name: 'Send' }).isEnabled()).toBe(true);
  await composer(page).press('Enter');
}

function message(page: Page, text: string): Locator {
  return page.getByRole('article').filter({ hasText: text }).first();
}

async function shows(page: Page, text: string): Promise<void> {
  await message(page, text).waitFor();
}

/** What the toolbar over a message offers. */
async function act(page: Page, text: string, action: string): Promise<void> {
  await message(page, text).hover();
  await message(page, text).getByRole('button', { name: action, exact: true }).click();
}

/** Closes the dialog that is open. A toast, where one is shown, takes the first Escape for itself. */
async function away(page: Page): Promise<void> {
  await expect
    .poll(async () => {
      await page.keyboard.press('Escape');
      return await page.getByRole('dialog').count();
    })
    .toBe(0);
}

/** Looks at a screen: nobody is kept out of it, and where pictures are wanted, here it is in light, dark and on a phone. */
async function look(page: Page, name: string): Promise<void> {
  expect.soft(await violations(page)).toEqual([]);
  if (!screens) return;
  mkdirSync(screens, { recursive: true });
  // What was pointed at keeps nothing open.
  await page.mouse.move(0, 0);
  const shot = async (variant: string) => {
    await page.waitForTimeout(400);
    await page.screenshot({
      path: join(screens, `${name}-${variant}.jpg`),
      type: 'jpeg',
      quality: 82,
      animations: 'disabled',
    });
  };
  await shot('light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shot('dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(phone);
  await shot('phone');
  await page.setViewportSize(desktop);
}

/** A picture that is nobody's: the browser draws it. */
async function picture(page: Page): Promise<Buffer> {
  await page.setViewportSize({ width: 640, height: 400 });
  await page.setContent(`<body style="margin:0;height:100vh;display:grid;place-items:center;
    font:800 64px system-ui;color:#fff;background:linear-gradient(135deg,#c2410c,#7c3aed)">Fanfare, live</body>`);
  const bytes = await page.screenshot({ type: 'png' });
  await page.close();
  return bytes;
}

/** Bodies with which a request is whole, so that nothing but who asks speaks against it. */
const bodies: Record<string, object> = {
  'PATCH /rooms/{room}': { name: 'Mine now' },
  'PATCH /rooms/{room}/members/{user}': { role: 'member' },
  'PUT /rooms/{room}/bans/{user}': {},
  'POST /rooms/{room}/uploads': { name: 'a.png', type: 'image/png', size: 10 },
  'POST /rooms/{room}/webhooks': { url: 'https://example.com/hook' },
};

/** Every frame that names a room and is answered; that `typing` is not, and tells nobody, is test/permissions.test.ts's. */
function framesTo(room: string): ClientFrame[] {
  const frame = (fields: object) => clientFrame.parse({ id: crypto.randomUUID(), room, ...fields });
  return [
    frame({ action: 'sendMessage', text: 'Let me in' }),
    frame({ action: 'editMessage', seq: 1, text: 'Let me in' }),
    frame({ action: 'deleteMessage', seq: 1 }),
    frame({ action: 'react', seq: 1, emoji: '👍', on: true }),
    frame({ action: 'markRead', seq: 1 }),
    frame({ action: 'subscribe', rooms: [{ room }] }),
  ];
}
