import type { FanfareApi } from '#client';

/** `unsupported`: this browser has no Web Push (Safari on a phone has it once the page is on the home screen). */
export type PushState = 'on' | 'off' | 'denied' | 'unsupported';

/** The person said no, or the browser for them. */
class PushDenied extends Error {
  override readonly name = 'PushDenied';
}

const worker = '/sw.js';

/** Whether this browser is told of mentions and direct messages while nothing of the page is open. */
export async function pushState(): Promise<PushState> {
  if (!isSupported()) return 'unsupported';
  if (Notification.permission === 'denied') return 'denied';
  return (await subscriptionOf(await navigator.serviceWorker.getRegistration())) ? 'on' : 'off';
}

/**
 * Asks for the permission, and has this browser told from now on. Call it from a click: browsers ignore who asks unasked.
 * @throws PushDenied, the API's error, or the browser's where it has no push service
 */
export async function enablePush(api: FanfareApi): Promise<void> {
  if (!isSupported()) throw new Error('This browser has no push notifications.');
  if ((await Notification.requestPermission()) !== 'granted')
    throw new PushDenied(
      'Notifications are not allowed for this page. The browser’s settings have the switch.',
    );
  const { publicKey } = await api.pushKey();
  const registration = await navigator.serviceWorker.register(worker);
  await navigator.serviceWorker.ready;
  const key = bytesOf(publicKey);
  const former = await subscriptionOf(registration);
  // A subscription is for one key: the deployer may have made another.
  if (former && !isFor(former, key)) await former.unsubscribe();
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  const { endpoint, keys } = subscription.toJSON();
  if (!endpoint || !keys?.p256dh || !keys.auth) throw new Error('The browser gave no whole subscription.');
  await api.savePush({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } });
}

/** This browser is told no more. Also when signing out: who signs in next is somebody else. */
export async function disablePush(api: FanfareApi): Promise<void> {
  if (!isSupported()) return;
  const subscription = await subscriptionOf(await navigator.serviceWorker.getRegistration());
  if (!subscription) return;
  // The server first: without a network, the switch stays on, and tells the truth.
  await api.removePush(subscription.endpoint);
  await subscription.unsubscribe();
}

/** When a notification is clicked while the page is open, the worker says where to (web/public/sw.js). Call it once. */
export function onNotificationOpened(): void {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const hash = typeof data === 'object' && data !== null && Reflect.get(data, 'open');
    if (typeof hash === 'string' && hash.startsWith('#/rooms/')) location.hash = hash;
  });
  // Messages wait until somebody says that they may come.
  navigator.serviceWorker.startMessages();
}

function isSupported(): boolean {
  return 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
}

async function subscriptionOf(
  registration: ServiceWorkerRegistration | undefined,
): Promise<PushSubscription | null> {
  return registration ? await registration.pushManager.getSubscription() : null;
}

function isFor({ options }: PushSubscription, key: Uint8Array): boolean {
  const own = options.applicationServerKey;
  if (!own) return false;
  const bytes = new Uint8Array(own);
  return bytes.length === key.length && bytes.every((byte, index) => byte === key[index]);
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  );
}
