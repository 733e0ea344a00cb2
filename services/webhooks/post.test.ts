import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { Agent, createServer, type Server } from 'node:https';
import { afterEach, expect, it } from 'vitest';
import { certificate } from '#test/support/certificate.ts';
import { post } from './post.ts';

const agent = new Agent({ ca: certificate.cert });
const signed = { secret: 'whsec_c2VjcmV0', id: 'msg_1', body: '{}' };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A receiver that answers so; returns its URL. */
async function receiver(answer: RequestListener): Promise<string> {
  server = createServer(certificate, answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens on no port');
  return `https://localhost:${address.port}/`;
}

it.each([204, 302, 410, 500])('tells the status %i, whatever the body', async (status) => {
  const url = await receiver((_, response) => response.writeHead(status).end('a body'));
  expect(await post({ url, ...signed }, agent, 5_000)).toBe(status);
});

it('waits for no more than the head of an answer that never ends', async () => {
  const closed = Promise.withResolvers<void>();
  const url = await receiver((_, response) => {
    response.writeHead(200).write('and so on');
    const flood = setInterval(() => response.write('x'.repeat(10_000)), 1);
    response.on('close', () => {
      clearInterval(flood);
      closed.resolve();
    });
  });
  expect(await post({ url, ...signed }, agent, 5_000)).toBe(200);
  await closed.promise;
});

it.each<[string, RequestListener]>([
  ['says nothing', () => {}],
  [
    'says it a bit at a time',
    (_, response) => void setInterval(() => response.writeProcessing(), 10).unref(),
  ],
])('gives a receiver up that %s, when its time is over', async (_, answer) => {
  const url = await receiver(answer);
  await expect(post({ url, ...signed }, agent, 100)).rejects.toThrow(/timeout|aborted/);
});

it('fails where nobody answers, or the certificate is nobody’s', async () => {
  const url = await receiver((_, response) => response.end());
  await expect(post({ url, ...signed }, new Agent(), 5_000)).rejects.toThrow(/self-signed/);
  server?.closeAllConnections();
  server?.close();
  await expect(post({ url, ...signed }, agent, 5_000)).rejects.toThrow(/ECONNREFUSED/);
});
