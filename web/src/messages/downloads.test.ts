import { expect, it } from 'vitest';
import { addressOf, shownSize, sizeOf } from './downloads.ts';

const most = { width: 420, height: 320 };

it.each([
  [
    { width: 100, height: 80 },
    { width: 100, height: 80 },
  ],
  [
    { width: 4_200, height: 1_000 },
    { width: 420, height: 100 },
  ],
  [
    { width: 1_000, height: 3_200 },
    { width: 100, height: 320 },
  ],
  [
    { width: 50_000, height: 1 },
    { width: 420, height: 48 },
  ],
  [{}, { width: 260, height: 180 }],
])('an image of %j is shown in %j', (image, shown) => expect(shownSize(image, most)).toEqual(shown));

it.each([
  [1, /^1\D*byte/],
  [999, /^999/],
  [1_400_000, /^1[.,]4\s?MB$/],
  [25 * 1024 * 1024, /^26\s?MB$/],
])('%i bytes read as %s', (bytes, text) => expect(sizeOf(bytes)).toMatch(text));

it('keeps an address as long as it holds, and asks anew when told to', async () => {
  let asked = 0;
  const lifetimes = [600_000, 10_000, 600_000];
  const api = {
    download: async () => ({ url: `url-${asked}`, expiresAt: Date.now() + (lifetimes[asked++] ?? 0) }),
  };
  const file = { room: 'r', seq: 1, id: 'kept' };
  expect(await addressOf(api, file)).toBe('url-0');
  expect(await addressOf(api, file)).toBe('url-0');
  expect(await addressOf(api, file, true)).toBe('url-1');
  // That one ends before it could be used.
  expect(await addressOf(api, file)).toBe('url-2');
});

it('asks again after a refusal', async () => {
  let refuses = true;
  const api = {
    download: async () => {
      if (refuses) throw new Error('refused');
      return { url: 'url', expiresAt: Date.now() + 600_000 };
    },
  };
  const file = { room: 'r', seq: 1, id: 'refused' };
  await expect(addressOf(api, file)).rejects.toThrow('refused');
  refuses = false;
  expect(await addressOf(api, file)).toBe('url');
});
