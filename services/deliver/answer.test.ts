import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotHttp, readAnswer } from './answer.ts';

const lines = (...some: string[]) => some.join('\r\n');

describe('an answer', () => {
  it.each([
    ['with its length', lines('HTTP/1.1 200 OK', 'Content-Length: 5', '', 'hello'), 'hello', true],
    ['without a body', lines('HTTP/1.1 204 No Content', '', ''), '', true],
    ['without a reason', lines('HTTP/1.1 200', 'content-length:0', '', ''), '', true],
    [
      'in chunks',
      lines('HTTP/1.1 410 Gone', 'Transfer-Encoding: chunked', '', '2', 'he', '3;x=y', 'llo', '0', '', ''),
      'hello',
      true,
    ],
    [
      'in chunks with trailers',
      lines('HTTP/1.1 410 Gone', 'Transfer-Encoding: chunked', '', '0', 'Trailer: x', '', ''),
      '',
      true,
    ],
    [
      'behind an interim one',
      lines('HTTP/1.1 103 Early Hints', 'Link: x', '', 'HTTP/1.1 200 OK', 'Content-Length: 1', '', 'x'),
      'x',
      true,
    ],
    [
      'that is the last one',
      lines('HTTP/1.1 200 OK', 'Connection: Close', 'Content-Length: 0', '', ''),
      '',
      false,
    ],
    [
      'with something behind it',
      lines('HTTP/1.1 200 OK', 'Content-Length: 0', '', 'HTTP/1.1 408 Timeout'),
      '',
      false,
    ],
  ])('%s', (_, text, body, reusable) => {
    const status = Number(/(410|20\d)/.exec(text)?.[0]);
    expect(readAnswer(text)).toEqual({ status, body, reusable });
  });

  it('is none before its last byte, however it is cut', () => {
    const answers = [
      lines('HTTP/1.1 200 OK', 'Content-Length: 5', '', 'hello'),
      lines('HTTP/1.1 410 Gone', 'Transfer-Encoding: chunked', '', '2', 'he', '3', 'llo', '0', '', ''),
    ];
    for (const answer of answers) {
      for (let end = 0; end < answer.length; end++) expect(readAnswer(answer.slice(0, end))).toBeUndefined();
      expect(readAnswer(answer)?.body).toBe('hello');
    }
  });

  it('without a length ends with the connection', () => {
    const text = lines('HTTP/1.1 500 Oh', 'Server: x', '', 'sorry');
    expect(readAnswer(text)).toBeUndefined();
    expect(readAnswer(text, true)).toEqual({ status: 500, body: 'sorry', reusable: false });
  });

  it.each([
    'SSH-2.0-x\r\n\r\n',
    'HTTP/1.0 200 OK\r\n\r\n',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 999 x\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
  ])('%j is none of HTTP/1.1', (text) => {
    expect(() => readAnswer(text)).toThrow(NotHttp);
  });

  it('is read or refused, whatever comes', () => {
    const bytes = fc.string({
      unit: fc.constantFrom('\r\n', '\r\n\r\n', '0', 'f', ':', ' ', 'HTTP/1.1 200', 'a'),
    });
    fc.assert(
      fc.property(bytes, fc.boolean(), (text, ended) => {
        try {
          readAnswer(`HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n${text}`, ended);
        } catch (error) {
          expect(error).toBeInstanceOf(NotHttp);
        }
      }),
    );
  });
});
