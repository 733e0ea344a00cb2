import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { uploadFile } from '#client';
import { hasChromium, testBrowser } from '#test/support/chromium.ts';
import { testCloud } from '#test/support/cloud.ts';
import { apiOf } from '#test/support/files.ts';
import { RawClient } from '#test/support/raw-client.ts';

/** In the browser: all of the client. */
declare const fanfare: typeof import('#client');

describe.skipIf(!hasChromium)('a browser', () => {
  const cloud = testCloud();
  const openWindow = testBrowser();

  it('uploads a picture with progress, from the page’s origin, and shows it by its link', async () => {
    const { room } = await apiOf(cloud(), 'alice').createRoom({ name: 'Pictures' });
    const { accessToken } = await cloud().identity.accessToken('alice');
    const { outputFiles } = await build({
      entryPoints: ['client/index.ts'],
      bundle: true,
      format: 'iife',
      globalName: 'fanfare',
      write: false,
    });
    const page = await openWindow();
    // Any document of the origin.
    await page.goto(`${cloud().url}/config.json`);
    await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
    const { attachment, shares } = await page.evaluate(
      async ({ room, accessToken }) => {
        const canvas = document.createElement('canvas');
        canvas.width = 320;
        canvas.height = 200;
        const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
        if (!picture) throw new Error('No picture');
        const api = new fanfare.FanfareApi({ url: '/api', token: async () => accessToken });
        const shares: number[] = [];
        const attachment = await fanfare.uploadFile(
          api,
          room,
          new File([picture], 'a picture.png', { type: 'image/png' }),
          { onProgress: (share) => shares.push(share), width: 320, height: 200 },
        );
        return { attachment, shares };
      },
      { room, accessToken },
    );
    // XMLHttpRequest tells of the last byte, and the function of the answer.
    expect(shares.length).toBeGreaterThan(1);
    expect(shares.at(-1)).toBe(1);
    expect(attachment).toMatchObject({ name: 'a picture.png', type: 'image/png', width: 320, height: 200 });

    const alice = await RawClient.connect(cloud(), accessToken);
    const attachments = [attachment];
    const sent = await alice.request({ action: 'sendMessage', room, text: '', attachments });
    alice.close();
    const seq = sent.type === 'ack' ? (sent.seq ?? 0) : 0;
    const { url } = await apiOf(cloud(), 'alice').download(room, seq, attachment.id);
    const width = await page.evaluate(async (src) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      return image.naturalWidth;
    }, url);
    expect(width).toBe(320);
  });

  it('runs nothing of a file, whatever its message says that it is', async () => {
    const { room } = await apiOf(cloud(), 'alice').createRoom({ name: 'Tricks' });
    const client = await RawClient.signIn(cloud(), 'alice');
    const script = new File(['<script>document.title = "hacked"</script>'], 'x.html', { type: 'text/plain' });
    const uploaded = await uploadFile(apiOf(cloud(), 'alice'), room, script);
    const page = await openWindow();
    for (const type of ['image/png', 'text/plain', 'application/pdf'] as const) {
      const attachments = [{ ...uploaded, type }];
      const sent = await client.request({ action: 'sendMessage', room, text: '', attachments });
      const seq = sent.type === 'ack' ? (sent.seq ?? 0) : 0;
      const { url } = await apiOf(cloud(), 'alice').download(room, seq, uploaded.id);
      if (type === 'image/png') {
        expect((await page.goto(url))?.headers()['content-type']).toBe('image/png');
      } else {
        // What is saved is no page to go to.
        const went = page.goto(url).catch(() => undefined);
        expect((await page.waitForEvent('download')).suggestedFilename()).toBe('x.html');
        await went;
      }
      expect(await page.title()).not.toBe('hacked');
    }
    client.close();
  });
});
