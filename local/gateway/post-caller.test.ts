import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type StandAlone, standAlone } from './stand-alone.ts';
import { type Client, connected } from './test-gateway.ts';

let alone: StandAlone;
let client: Client;
let caller: Socket;
let answers: string;

beforeEach(async () => {
  alone = await standAlone();
  client = await connected(new WebSocket(alone.webSocketUrl));
  caller = connect(Number(new URL(alone.managementUrl).port), '127.0.0.1');
  answers = '';
  caller.on('data', (chunk) => {
    answers += chunk;
  });
  await once(caller, 'connect');
});

afterEach(async () => {
  caller.destroy();
  await alone.stop();
});

function request(method: string, body: string, ...fields: string[]): string {
  const [{ connectionId } = { connectionId: '' }] = alone.gateway.connections();
  const path = `${new URL(alone.managementUrl).pathname}/@connections/${encodeURIComponent(connectionId)}`;
  const authorization = `Authorization: AWS4-HMAC-SHA256 Credential=${alone.key.accessKeyId}/`;
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: here', authorization, ...fields];
  return `${lines.join('\r\n')}\r\n${body === '' ? '' : `Content-Length: ${body.length}\r\n`}\r\n${body}`;
}

const statuses = () => [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);

it('answers one after another what came at once, then hands the connection to node:http', async () => {
  const chunked = request('POST', '', 'Transfer-Encoding: chunked').concat(
    '3\r\nthr\r\n2\r\nee\r\n0\r\n\r\n',
  );
  caller.write(
    request('POST', 'one') + request('POST', 'two') + chunked + request('GET', '') + request('POST', 'four'),
  );
  await vi.waitFor(() => expect(client.frames).toEqual(['one', 'two', 'three', 'four']));
  await vi.waitFor(() => expect(statuses()).toEqual(['200', '200', '200', '200', '200']));
  expect(answers).toContain('"connectedAt"');
});

it('takes a request in whatever pieces it comes', async () => {
  for (const byte of request('POST', 'one') + request('GET', '')) {
    caller.write(byte);
    await new Promise(setImmediate);
  }
  await vi.waitFor(() => expect(statuses()).toEqual(['200', '200']));
  expect(client.frames).toEqual(['one']);
});

it('keeps the order when a fault delays an answer, and answers who has already closed its half', async () => {
  const faults = [{ status: 429, delayMs: 20 }];
  alone.gateway.faults = () => faults.shift();
  caller.end(request('POST', 'late') + request('POST', 'next'));
  await once(caller, 'close');
  expect(statuses()).toEqual(['429', '200']);
  expect(answers).toContain('x-amzn-ErrorType: LimitExceededException');
});

it('leaves what is no post to a connection to node:http', async () => {
  caller.write(request('POST', 'x').replace(/POST \S+/, 'POST /ws/@connections/id'));
  await vi.waitFor(() => expect(statuses()).toEqual(['403']));
});

it('leaves what is no HTTP to node:http', async () => {
  caller.write('\x16\x03\x01 hello\r\n\r\n');
  await once(caller, 'close');
  expect(statuses()).toEqual(['400']);
});

it('is 410 once the client has begun to close', async () => {
  client.socket.pause();
  const [{ connectionId } = { connectionId: '' }] = alone.gateway.connections();
  client.socket.close();
  const url = `${alone.managementUrl}/@connections/${encodeURIComponent(connectionId)}`;
  const headers = { authorization: `Credential=${alone.key.accessKeyId}/` };
  await vi.waitFor(async () => {
    const answer = await fetch(url, { method: 'POST', headers, body: 'x' });
    expect(answer.status).toBe(410);
  });
});
