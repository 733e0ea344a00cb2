import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { LightSocket } from './light-socket.ts';

let server: WebSocketServer;
let url: string;
beforeAll(async () => {
  server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    verifyClient: ({ req }: { req: IncomingMessage }) => req.url !== '/refuse',
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  await once(server, 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

async function open(): Promise<{ client: LightSocket; peer: WebSocket; texts: string[] }> {
  const accepted = once(server, 'connection');
  const client = await LightSocket.open({ url: `${url}/ws`, protocols: ['fanfare.v1'] });
  const texts: string[] = [];
  client.onText = (bytes, start, end) => texts.push(bytes.toString('utf8', start, end));
  const [peer] = await accepted;
  return { client, peer, texts };
}

describe('a light socket', () => {
  it('speaks with a server of the ws package both ways, and answers its ping', async () => {
    const { client, peer, texts } = await open();
    expect(peer.protocol).toBe('fanfare.v1');
    const heard = once(peer, 'message');
    client.send('grüße '.repeat(50));
    expect(String((await heard)[0])).toBe('grüße '.repeat(50));
    const long = 'x'.repeat(200_000);
    peer.send('one');
    peer.send(long);
    await expect.poll(() => texts.length).toBe(2);
    expect(texts).toEqual(['one', long]);
    const pong = once(peer, 'pong');
    peer.ping('there?');
    expect(String((await pong)[0])).toBe('there?');
    client.terminate();
  });

  it('says why it ended', async () => {
    const { client, peer } = await open();
    const ended = new Promise((resolve) => {
      client.onEnd = resolve;
    });
    peer.close(4001);
    expect(await ended).toBe('closed with 4001');
  });

  it('says why it was not let in', async () => {
    await expect(LightSocket.open({ url: `${url}/refuse` })).rejects.toThrow('401');
    await expect(LightSocket.open({ url: 'ws://127.0.0.1:1/' })).rejects.toThrow('ECONNREFUSED');
  });
});
