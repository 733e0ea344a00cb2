// The page's service worker. It shows what is pushed (shared/contract/push.ts) and opens it when it is clicked. It has no
// hand in what the page loads: there is no fetch handler, so that nothing old is ever served.

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

/** Pushes that come together are shown one after the other: each looks at what is shown already. */
let shown = Promise.resolve();

self.addEventListener('push', (event) => {
  shown = shown.catch(() => undefined).then(() => show(event.data));
  event.waitUntil(shown);
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

/** One notification a room, the newest: browsers count on it that each push shows one, whatever it holds. */
async function show(data) {
  const message = parsed(data);
  if (!message) return self.registration.showNotification('New messages', { tag: 'fanfare' });
  const { room, roomName, seq, from, text } = message;
  const there = await self.registration.getNotifications({ tag: room });
  // A push may come twice, and late: then what is there is shown again, without a sound.
  const isNews = !there.some(({ data: former }) => former?.seq >= seq);
  const newest = isNews ? { title: roomName ? `${from} · ${roomName}` : from, body: text, seq } : undefined;
  const [former] = there;
  await self.registration.showNotification(newest?.title ?? former.title, {
    body: newest?.body ?? former.body,
    tag: room,
    data: { room, seq: newest?.seq ?? former.data.seq },
    renotify: isNews,
    silent: isNews ? null : true,
  });
}

function parsed(data) {
  try {
    const message = data.json();
    const { room, seq, from, text } = message;
    const isWhole = [room, from, text].every((value) => typeof value === 'string') && Number.isInteger(seq);
    return isWhole ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Shows the message in a page that is open, or opens one. */
async function open(data) {
  const hash = data ? `#/rooms/${encodeURIComponent(data.room)}/${data.seq}` : '#/';
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pages.find(({ focused }) => focused) ?? pages[0];
  if (!page) return self.clients.openWindow(`/${hash}`);
  page.postMessage({ open: hash });
  return page.focus();
}
