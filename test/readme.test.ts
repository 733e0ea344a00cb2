import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { FanfareClient } from '#client';
import { limits } from '#shared/contract/limits.ts';
import { testCloud } from '#test/support/cloud.ts';
import { Storage } from '#test/support/storage.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const [, example = ''] = /^## The client$[\s\S]*?^```ts\n([\s\S]*?)^```$/m.exec(readme) ?? [];

describe('README’s example of the client', () => {
  const cloud = testCloud();
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-readme-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is at most 30 lines', () => {
    const lines = example.split('\n').filter((line) => line !== '' && !line.startsWith('//'));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThanOrEqual(30);
  });

  it('runs as it stands, against the local cloud', async () => {
    const told = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const { accessToken } = await cloud().identity.accessToken('alice');
    const storage = new Storage(cloud());
    await vi.waitUntil(async () => (await storage.rows('Rooms')).some(({ item }) => item === 'ROOM'));
    const before = limits.newestPageSize + 25;
    const writer = new FanfareClient({
      url: `${cloud().url.replace('http', 'ws')}/ws`,
      token: async () => accessToken,
    });
    const general = writer.join('general');
    for (let i = 1; i <= before; i++) await general.send(`Before ${i}`);
    writer.close();

    const rendered = vi.fn();
    Object.assign(globalThis, {
      host: new URL(cloud().url).host,
      accessToken: async () => accessToken,
      render: rendered,
    });
    const { client, room, seq } = await run();
    try {
      await vi.waitUntil(() => room.messages.some((message) => message.seq === seq && message.editedAt));
      expect(room.messages.map(({ text }) => text)).toEqual([
        ...Array.from({ length: before }, (_, index) => `Before ${index + 1}`),
        'Hello, everybody!',
      ]);
      expect(room.messages.at(-1)?.reactions).toMatchObject([{ emoji: '👋' }]);
      expect(rendered).toHaveBeenCalledWith(room.messages, expect.anything());
      // Who is there hears of oneself too; and the room that was made is joined by the feed.
      await vi.waitUntil(() => room.online.size === 1);
      const { rooms } = await client.api.rooms();
      expect(rooms.map(({ name }) => name)).toContain('Tea');
      await room.send('Hello again!');
      await vi.waitUntil(() => told.mock.calls.flat().includes('alice: Hello again!'));
    } finally {
      client.close();
    }
  });

  /** The example as a module of its own. What it takes as given is global. */
  async function run() {
    const file = join(folder, 'example.mjs');
    const { outputFiles } = await build({
      stdin: { contents: `${example}\nexport { client, room, seq };`, resolveDir: root, loader: 'ts' },
      bundle: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2024',
      write: false,
    });
    writeFileSync(file, outputFiles[0]?.contents ?? '');
    return exports.parse(await import(pathToFileURL(file).href));
  }
});

/** The client is of the example's own bundle, and so of another class than this file's. */
const exports = z.object({
  client: z.custom<FanfareClient>(),
  room: z.custom<ReturnType<FanfareClient['join']>>(),
  seq: z.number(),
});
