import { describe, expect, it } from 'vitest';
import { readPost } from './post-request.ts';

const head = [
  'POST /api/ws/@connections/AAAA%3D HTTP/1.1',
  'Host: 127.0.0.1:4000',
  'Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20261120/us-east-1/execute-api/aws4_request',
  'Content-Length: 5',
];
const request = (lines: string[], body = 'hello') => Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
const withLine = (line: string) => readPost(request([...head, line]), 128);

it('reads a post, and no byte of what follows it', () => {
  const bytes = request(head);
  const read = readPost(Buffer.concat([bytes, bytes]), 128);
  expect(read).toEqual({
    url: '/api/ws/@connections/AAAA%3D',
    authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20261120/us-east-1/execute-api/aws4_request',
    body: Buffer.from('hello'),
    length: bytes.length,
  });
});

it('waits for a post that has not come whole, wherever it was cut', () => {
  const bytes = request(head);
  for (let cut = 0; cut < bytes.length; cut++)
    expect(readPost(bytes.subarray(0, cut), 128)).toBe('incomplete');
});

it('takes field names in any case, and fields that say nothing of the message', () => {
  const lines = head.map((line) => line.toLowerCase().replace(/^post (.*) http/, 'POST $1 HTTP'));
  expect(readPost(request(lines), 128)).toMatchObject({ body: Buffer.from('hello') });
  expect(withLine('Connection: keep-alive')).toMatchObject({ body: Buffer.from('hello') });
  expect(withLine("x-amz-user-agent: aws-sdk-js/3 (it's) #1;")).toMatchObject({ body: Buffer.from('hello') });
});

describe('leaves to node:http', () => {
  it.each([
    'Transfer-Encoding: chunked',
    'Expect: 100-continue',
    'Connection: close',
    'Upgrade: websocket',
    'Content-Length: 5',
    'Authorization: another',
    'no field',
    ' folded',
    'spaced : name',
    'x: y\nContent-Length: 3',
  ])('%j', (line) => {
    expect(withLine(line)).toBe('other');
  });

  it('other methods, paths and versions', () => {
    const [line = '', ...fields] = head;
    for (const other of [
      line.replace('POST', 'GET'),
      line.replace('POST', 'post'),
      line.replace('@connections', 'connections'),
      line.replace('1.1', '1.0'),
      line.replace(' HTTP', '  HTTP'),
    ]) {
      expect(readPost(request([other, ...fields]), 128)).toBe('other');
    }
    expect(readPost(Buffer.from('G'), 128)).toBe('other');
  });

  it('no length, a length that is none, more than is allowed, and a head without end', () => {
    expect(readPost(request(head.slice(0, 3)), 128)).toBe('other');
    expect(readPost(request([...head.slice(0, 3), 'Content-Length: +5']), 128)).toBe('other');
    expect(readPost(request([...head.slice(0, 3), 'Content-Length: 129']), 128)).toBe('other');
    expect(readPost(Buffer.from(`${head[0]}\r\nx: ${'y'.repeat(20_000)}`), 128)).toBe('other');
  });
});
